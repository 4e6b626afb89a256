"""Which addresses are pages, and which only take a form. No view is run to find out."""

from collections.abc import Callable
from typing import Any

from django.urls import Resolver404, resolve


def has_page(address: str) -> bool:
    """Whether the address can be opened, as far as its view says."""
    try:
        return _takes_get(resolve(address).func)
    except Resolver404:
        return False


def page_above(path: str) -> str:
    """The nearest address above that has a page of its own."""
    while path := path.rstrip("/").rpartition("/")[0]:
        for address in (path, f"{path}/"):
            try:
                match = resolve(address)
            except Resolver404:
                continue
            # What has no name is Django's answer to addresses that nobody has.
            if match.url_name and _takes_get(match.func):
                return address
    return "/"


def _takes_get(view: Callable[..., Any]) -> bool:
    if (view_class := getattr(view, "view_class", None)) is not None:
        return "get" in view_class.http_method_names
    # What ``kernel.pages.takes`` said of it; nothing is said of Django's own.
    return "GET" in getattr(view, "methods", ("GET",))
