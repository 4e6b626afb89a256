"""What stands around every request."""

from collections.abc import Callable, Iterable
from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import resolve
from django.utils.cache import add_never_cache_headers

from branches.access import access_of
from branches.models import User
from hrportal import views
from hrportal.drafts import keeping as drafts
from hrportal.drafts.pages import page_above
from hrportal.gate import limits
from hrportal.gate.server import REFUSAL
from hrportal.kernel import clocks
from hrportal.kernel.scopes import Scope, kept, scoped

# No page asks the browser for any of these.
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "payment",
        "usb",
    )
)


def close_answers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Keep nothing of any answer on the way or in the browser, unless its view says otherwise.

    Who has signed out on a counter's PC leaves no names behind the button "back".
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware


def machines_first(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer machines that sign each request: sessions, languages and messages are for people.

    Their views check who asks, open their own scope, and set no cookie.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        match = resolve(request.path_info)
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if not response.streaming and not response.has_header("Content-Length"):
            response["Content-Length"] = str(len(response.content))
        return response

    guarded = body_refused(answer)

    def middleware(request: HttpRequest) -> HttpResponse:
        is_machine = request.path_info.startswith(limits.SIGNED_API)
        return (guarded if is_machine else get_response)(request)

    return middleware


def scope_of_request(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Open the scope of whoever is signed in; nobody's is none, and none sees no person.

    Views of machines and candidates open their own, after they have checked who asks.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        scope = _scope_of(request)
        with scoped(scope):
            response = get_response(request)
        if response.streaming:
            streamed = cast("StreamingHttpResponse", response)
            streamed.streaming_content = kept(scope, cast("Iterable[bytes]", streamed.streaming_content))
        return response

    return middleware


def _scope_of(request: HttpRequest) -> Scope | None:
    # The user is one that the session loads on first use.
    if not request.user.is_authenticated or not isinstance(request.user, User):
        return None
    return access_of(request.user, now=clocks.now()).scope


def body_refused(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer for a body that was not taken; the same limits hold under a server without the gate."""

    def middleware(request: HttpRequest) -> HttpResponse:
        refusal = request.META.get(REFUSAL)
        if refusal is None and request.method not in ("GET", "HEAD"):
            refusal = limits.refusal(request.path, request.headers)
        return views.body_refused(request, refusal) if refusal else get_response(request)

    return middleware


def pages_of_posts(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Lead a browser that opens the address of a form to the page above it; programs are told the methods."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        takes_get = response.status_code != 405 or request.method not in ("GET", "HEAD")
        # Whoever says nothing of what they take is no browser.
        shows_pages = any(kind in request.headers.get("Accept", "") for kind in ("text/html", "*/*"))
        if takes_get or not shows_pages or request.path.startswith(limits.MACHINES):
            return response
        page = page_above(request.path)
        if drafts.KEPT in request.session and isinstance(request.user, User):
            drafts.moved(request.session, author=request.user.pk, path=request.path, to=page)
        return HttpResponseRedirect(page)

    return middleware
