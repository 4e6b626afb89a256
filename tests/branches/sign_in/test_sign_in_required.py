"""No page can forget the sign-in: it is asked before every view but those that are named."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, path

from branches.sign_in.middleware import OPEN, SignInRequired
from hrportal.kernel.pages import takes
from hrportal.urls import urlpatterns as portal

pytestmark = pytest.mark.django_db
APPS = ("branches", "notifications", "recruitment", "performance", "hrportal")
# Who comes to these is asked for something else: a token, a signature, the link; or has no sign-in yet.
OPEN_MODULES = (
    "allauth.",
    "branches.views.invitation",
    "django.contrib.auth.views",
    "django.views.i18n",
    "hrportal.pipeline.views",
    "branches.sign_in.",
    "hrportal.views",
    "ninja.",
    "notifications.webhooks",
    "recruitment.views.candidate.",
)


def a_page_of_tomorrow(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the names of all candidates")


@takes("POST")
def an_act_of_tomorrow(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [*portal, path("tomorrow/", a_page_of_tomorrow), path("tomorrow/act/", an_act_of_tomorrow)]
tomorrow = pytest.mark.urls(__name__)


@tomorrow
def test_a_page_whose_author_thought_of_nothing_asks_for_the_sign_in_and_is_kept_nowhere() -> None:
    answer = Client().get("/tomorrow/?view=all")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/tomorrow/%3Fview%3Dall")
    assert "no-store" in answer["Cache-Control"]
    assert Client().post("/tomorrow/act/")["Location"].startswith("/sign-in/")


@tomorrow
def test_a_method_that_is_not_taken_is_refused_before_the_sign_in() -> None:
    assert Client().put("/tomorrow/act/").status_code == 405


def views_of(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for pattern in resolver.url_patterns:
        address = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield address, pattern.name or "", pattern.callback
        else:
            yield from views_of(pattern, address)


def test_every_other_view_is_behind_the_sign_in() -> None:
    guard = SignInRequired(lambda _request: HttpResponse())
    found = list(views_of(get_resolver()))
    assert len(found) > 200
    for address, name, view in found:
        request = RequestFactory().generic(getattr(view, "methods", ("GET",))[0], address)
        request.user = AnonymousUser()
        asked = guard.process_view(request, view, (), {})
        if address.startswith(OPEN):
            # A class has its view, and ninja's pages about itself are partial functions.
            module = getattr(view, "view_class", getattr(view, "func", view)).__module__
            assert module.startswith(OPEN_MODULES), f"{address} ({name}) stands below an open address."
        else:
            assert asked is not None, f"{address} ({name}) asks nobody to sign in."


def test_nothing_else_asks_for_the_sign_in() -> None:
    """Two ways of the same would be one that somebody forgets."""
    product = (file for app in APPS for file in Path(app).rglob("*.py"))
    assert [str(file) for file in product if "import login_required" in file.read_text()] == []
