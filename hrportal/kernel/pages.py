"""What every page says of itself: the methods it takes."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.views.decorators.http import require_http_methods

View = TypeVar("View", bound=Callable[..., Any])


def takes(*methods: str) -> Callable[[View], View]:
    """Take these methods, and HEAD where GET is one of them; any other gets 405, signed in or not.

    Nothing is said of the sign-in: ``branches.sign_in.middleware.SignInRequired`` asks every page for it.
    """
    taken = (*methods, "HEAD") if "GET" in methods else methods

    def decorate(view: View) -> View:
        guarded = require_http_methods(taken)(view)
        guarded.methods = taken  # type: ignore[attr-defined]  # read by the middleware
        return guarded

    return decorate
