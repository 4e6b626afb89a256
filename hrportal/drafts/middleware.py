"""Around every page of staff: nothing that was typed is lost at sign-in, on an error page or by a refusal."""

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django_htmx.http import HttpResponseClientRedirect

from branches.sign_in.middleware import ON_THE_WAY, SET_UP
from hrportal.drafts import keeping as drafts
from hrportal.drafts.pages import has_page
from hrportal.kernel.refill import refill

Answer = Callable[[HttpRequest], HttpResponse]
MAIN = re.compile(r"<main\b[^>]*>")
REDIRECTS = (302, 303)
# What was typed stands on the page that says no.
REFUSED = (403, 404, 409, 500, 503)


class DraftMiddleware:
    """Keeps what a POST brought where it could not be taken, and gives it back to whoever typed it."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the answer: a way to the sign-in, a refusal, or the page that the text belongs to."""
        was = request.user if request.user.is_authenticated else None
        response = self.get_response(request)
        if request.path != resolve_url(settings.LOGIN_URL) and _asks_to_sign_in(response):
            return to_sign_in(request, drafts.draft_of(request, user=was))
        if request.method == "POST":
            return _after_post(request, response, user=was)
        if request.method == "GET" and request.user.is_authenticated and drafts.KEPT in request.session:
            return _restore(request, response, author=request.user.pk)
        return response


def to_sign_in(request: HttpRequest, draft: drafts.Draft | None) -> HttpResponse:
    """To the sign-in, and from there to the page that is open; htmx goes there as a whole page."""
    is_page = request.method == "GET" and (not _is_htmx(request) or "HX-Boosted" in request.headers)
    back = request.get_full_path() if is_page else drafts.page_of(request)
    if draft is not None:
        drafts.keep(request.session, draft)
    address = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back}, safe='/')}"
    return HttpResponseClientRedirect(address) if _is_htmx(request) else HttpResponseRedirect(address)


def with_typed(
    request: HttpRequest, response: HttpResponse, draft: drafts.Draft, *, state: str = "refused"
) -> HttpResponse:
    """The page with what was typed at its top."""
    html = response.content.decode()
    main = MAIN.search(html)
    if main is not None:
        note = render_to_string("components/typed.html", {"draft": draft, "state": state}, request)
        response.content = (html[: main.end()] + note + html[main.end() :]).encode()
        if response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(response.content))
    return response


def _after_post(request: HttpRequest, response: HttpResponse, *, user: object) -> HttpResponse:
    is_refused = response.status_code in REFUSED and _is_page(response)
    leads_on = response.status_code in REDIRECTS or "HX-Redirect" in response.headers
    if not is_refused and not leads_on:
        return response
    needs_factor = leads_on and _leads(response, SET_UP)
    if leads_on and not needs_factor and not _says_no(request):
        return response
    draft = drafts.draft_of(request, user=user)
    if draft is None or draft.author != request.user.pk:
        return response
    if needs_factor:
        drafts.keep(request.session, draft)
    elif draft.has_text and is_refused:
        return with_typed(request, response, draft)
    elif draft.has_text and response.has_header("Location"):
        page = response.headers["Location"].partition("#")[0]
        drafts.keep(request.session, replace(draft, page=page, was_refused=True, is_last=True))
    return response


def _restore(request: HttpRequest, response: HttpResponse, *, author: int) -> HttpResponse:
    """Fill the form of this page, or show what no form of it takes."""
    match = request.resolver_match
    if _is_htmx(request) or (match is not None and match.view_name in ON_THE_WAY):
        return response
    kept = drafts.drafts(request.session, author=author)
    if not kept:
        drafts.store(request.session, ())
        return response
    if not _is_page(response) or response.status_code not in (200, *REFUSED):
        return response
    left: list[drafts.Draft] = []
    for draft in kept:
        filled = (
            refill(
                response.content.decode(),
                page=request.get_full_path(),
                actions=draft.actions,
                fields=draft.fields,
            )
            if response.status_code == 200
            else None
        )
        if filled is not None:
            response.content = filled.encode()
            with_typed(request, response, draft, state="filled")
        elif draft.page_path != request.path:
            left.append(draft)
            with_typed(request, response, draft, state="elsewhere")
        elif draft.is_last or not has_page(draft.actions[0]):
            with_typed(request, response, draft, state="refused" if draft.was_refused else "shown")
        else:
            # A form that was opened in place has a page of its own.
            others = [one for one in kept if one is not draft]
            drafts.store(request.session, [*others, replace(draft, page=draft.actions[0], is_last=True)])
            return HttpResponseRedirect(draft.actions[0])
    drafts.store(request.session, left)
    return response


def _says_no(request: HttpRequest) -> bool:
    """Whether this request put a warning or an error before the reader."""
    # Django's storage has no public name for what was added and not yet stored.
    added = getattr(messages.get_messages(request), "_queued_messages", ())
    return any(message.level >= messages.WARNING for message in added)


def _asks_to_sign_in(response: HttpResponse) -> bool:
    """Whether a page sent the visitor away to sign in first; signing out leads there without a way back."""
    address = urlsplit(response.headers.get("Location", ""))
    return _leads(response, settings.LOGIN_URL) and "next" in parse_qs(address.query)


def _leads(response: HttpResponse, name: str) -> bool:
    address = response.headers.get("HX-Redirect") or response.headers.get("Location", "")
    return urlsplit(address).path == resolve_url(name)


def _is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def _is_page(response: HttpResponse) -> bool:
    return not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
