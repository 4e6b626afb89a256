"""The entry point of every candidate page: the link, the pass, the language, the headers."""

import base64
import json
import time
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation

from hrportal.kernel import clocks
from hrportal.kernel.client_addresses import client_address, network_of
from hrportal.kernel.encryption import DecryptionFailed, key_ring
from hrportal.kernel.scopes import scoped
from notifications.links import token_of
from recruitment.queries.candidate import CandidateNotice, notice_by_token

PASS_COOKIE, LANGUAGE_COOKIE = "notice_pass", "notice_language"
# Since the last look, in real time: a phone that lies on a table.
PASS_SECONDS = 30 * 60
# Since the candidate showed who they are, however often they look.
LONGEST_PASS_SECONDS = 12 * 3600
LANGUAGE_SECONDS = 90 * 24 * 3600
LANGUAGES = {code: code for code, _ in settings.LANGUAGES}

Page = Callable[[HttpRequest, CandidateNotice], HttpResponse]
View = Callable[[HttpRequest, str], HttpResponse]


def behind_link(*methods: str, identified: bool = True) -> Callable[[Page], View]:
    """Give the view its notice. Every link that leads nowhere gets one and the same answer.

    Args:
        methods: what else than HEAD is answered.
        identified: who has not shown who they are is sent to the form that asks.
    """

    def decorate(page: Page) -> View:
        @wraps(page)
        def view(request: HttpRequest, token: str) -> HttpResponse:
            if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
                return _closed(HttpResponseNotAllowed(methods))
            found = notice_by_token(token, now=clocks.now())
            scope = found.scope if found else None
            with scoped(scope), translation.override(_language(request, found)):
                if found is None:
                    response = render(request, "candidate/gone.html", {"bank": bank_name()}, status=404)
                elif identified and not has_pass(request, found):
                    response = ask_again(request, found) if request.method == "POST" else back_to(found)
                else:
                    response = page(request, found)
                    _keep_choices(request, response, found)
                response.headers["Content-Language"] = translation.get_language()
            return _closed(response)

        return view

    return decorate


def has_pass(request: HttpRequest, found: CandidateNotice) -> bool:
    """Whether this browser has shown whose notice it is, and was here within the last half hour."""
    return _pass_since(request, found) is not None


def give_pass(response: HttpResponse, found: CandidateNotice, *, since: int | None = None) -> None:
    """Let this browser in, to this notice only; ``since`` in seconds is when it was let in first."""
    value = f"{found.notice.pk.hex} {int(time.time()) if since is None else since}"
    response.set_cookie(
        PASS_COOKIE,
        _signer().sign(value),
        max_age=PASS_SECONDS,
        path=page_url(found),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def ask_again(request: HttpRequest, found: CandidateNotice) -> HttpResponse:
    """Who one is, once more; what was typed meanwhile comes along, encrypted, and is stored nowhere."""
    sent = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    if not any(sent.values()):
        return back_to(found, note="again")
    page = request.path.removeprefix(page_url(found)).strip("/")
    encrypted = key_ring().encrypt(json.dumps([page, sent]).encode(), bound_to=_typed_for(found))
    return identity_page(request, found, note="again", typed=base64.b64encode(encrypted).decode())


def identity_page(
    request: HttpRequest, found: CandidateNotice, *, note: str, typed: str = ""
) -> HttpResponse:
    """The form that asks who one is."""
    context = {"url": page_url(found), "bank": bank_name(), "note": note, "typed": typed}
    return render(request, "candidate/identity.html", context)


def open_typed(found: CandidateNotice, typed: str) -> tuple[str, dict[str, str]] | None:
    """The page and the fields that ``ask_again`` encrypted for this notice; None for anything else."""
    try:
        page, sent = json.loads(key_ring().decrypt(base64.b64decode(typed), bound_to=_typed_for(found)))
    except (DecryptionFailed, ValueError):
        return None
    return page, sent


def _typed_for(found: CandidateNotice) -> str:
    return f"typed:{found.notice.pk}"


def page_url(found: CandidateNotice) -> str:
    """The notice's own page."""
    return reverse("candidate_notice", args=[token_of(found.notice.pk)])


def back_to(found: CandidateNotice, *, note: str = "") -> HttpResponse:
    """To the notice's page, with a word on what happened."""
    response = HttpResponseRedirect(page_url(found) + (f"?note={note}" if note else ""))
    response.status_code = 303
    return response


def bank_name() -> str:
    """The sender, in the language of the page."""
    return settings.BANK_NAME_EN if translation.get_language() == "en" else settings.BANK_NAME_ZH


def client_of(request: HttpRequest) -> str:
    """The network a request comes from."""
    return network_of(client_address(request)) or "unknown"


def _pass_since(request: HttpRequest, found: CandidateNotice) -> int | None:
    """When this browser was let in to this notice; None if it was not, or too long ago."""
    try:
        value = _signer().unsign(request.COOKIES.get(PASS_COOKIE, ""), max_age=PASS_SECONDS)
    except BadSignature:
        return None
    notice, _, since = value.partition(" ")
    in_time = since.isdigit() and time.time() - int(since) < LONGEST_PASS_SECONDS
    return int(since) if notice == found.notice.pk.hex and in_time else None


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="candidate pass")


def _language(request: HttpRequest, found: CandidateNotice | None) -> str:
    """What the candidate chose, else the notice's; for a link that leads nowhere, the browser's."""
    chosen = request.GET.get("lang", "").lower() or request.COOKIES.get(LANGUAGE_COOKIE, "")
    otherwise = (
        found.notice.language.lower() if found else translation.get_language() or settings.LANGUAGE_CODE
    )
    return LANGUAGES.get(chosen, otherwise)


def _keep_choices(request: HttpRequest, response: HttpResponse, found: CandidateNotice) -> None:
    since = _pass_since(request, found)
    if PASS_COOKIE not in response.cookies and since is not None:
        give_pass(response, found, since=since)
    chosen = LANGUAGES.get(request.GET.get("lang", "").lower())
    if chosen:
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=LANGUAGE_SECONDS,
            path=page_url(found),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _closed(response: HttpResponse) -> HttpResponse:
    """The address is a secret: kept by no search engine, told to no other site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    # "no-referrer" would also make browsers send "Origin: null" with our own forms, which the check
    # against forged forms rightly refuses.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
