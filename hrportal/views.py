"""Pages of the frame itself: appearance, health, problems."""

import sys

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from branches.sign_in.devices import remember
from hrportal.drafts import keeping as drafts
from hrportal.drafts.middleware import to_sign_in
from hrportal.gate.limits import MACHINES, RETRY_SECONDS, Refusal
from hrportal.health import broker_answers, database_answers
from hrportal.kernel.pages import takes
from hrportal.kernel.problems import problem
from hrportal.navigation import KEYS, KEYS_COOKIE, THEME_COOKIE, THEMES

# When to try again what the database was too busy for.
BUSY_SECONDS = 5


@takes("POST")
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice in this browser, and go back."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        remember(response, THEME_COOKIE, theme)
    return response


@takes("POST")
def choose_keys(request: HttpRequest) -> HttpResponse:
    """Remember in this browser whether keys of one letter act, and go back to the account."""
    response = HttpResponseRedirect(resolve_url("sessions"))
    keys = request.POST.get("keys", "")
    if keys in KEYS:
        remember(response, KEYS_COOKIE, keys)
    return response


@takes("GET")
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nobody else, so that a database fault restarts no web server."""
    return HttpResponse("ok\n", content_type="text/plain")


@takes("GET")
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the database and the broker answer: 200, or 503 that names those that do not.

    Intake works without the broker, so a balancer that only feeds intake may ask ``healthz``.
    """
    checks = {"database": database_answers(), "broker": broker_answers()}
    missing = [name for name, answers in checks.items() if not answers]
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _problem(request, 400, "bad-request", "The request cannot be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _problem(request, 403, "forbidden", "This is not open to you.")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, also for what exists outside the viewer's scope."""
    return _problem(request, 404, "not-found", "Nothing is here.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where the database does not answer, or not within the limits of a page.

    Rendered without context processors: what broke may be what they ask.
    """
    if isinstance(sys.exception(), OperationalError):
        return _busy(request)
    if request.path.startswith(MACHINES):
        return problem(500, "server-error", "Something broke here. Send the same request again later.")
    return HttpResponse(render_to_string("errors/500.html"), status=500)


def _busy(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(MACHINES):
        answer: HttpResponse = problem(
            503, "busy", "The database is busy. Send the same request again in a moment."
        )
    else:
        answer = HttpResponse(render_to_string("errors/503.html"), status=503)
    answer["Retry-After"] = str(BUSY_SECONDS)
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before the last sign-in goes back to its page, with what was typed; any other gets 403."""
    draft = drafts.draft_of(request, is_marked=True)
    if draft is not None and not request.user.is_authenticated:
        return to_sign_in(request, draft)
    if draft is not None and draft.author == request.user.pk:
        drafts.keep(request.session, draft)
        answer = HttpResponseClientRedirect if "HX-Request" in request.headers else HttpResponseRedirect
        return answer(draft.page)
    if request.path == resolve_url("sign_in"):
        # Signed in elsewhere in this browser since this page was opened, or its cookie is gone.
        return HttpResponseRedirect(request.get_full_path())
    return render(request, "errors/csrf.html", status=403)


def body_refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """400, 408, 411, 413 or 503 for a body that was not taken: too large, too slow, of unknown length."""
    status = refusal.status
    if request.path.startswith(MACHINES):
        code, detail = {
            400: ("length-unreadable", "Send the number of bytes as Content-Length."),
            408: ("too-slow", f"Send the whole body within {refusal.limit.seconds:.0f} seconds."),
            411: ("length-required", "Send Content-Length instead of chunks."),
            413: ("too-large", f"Send at most {refusal.limit.max_bytes} bytes."),
            503: ("busy", f"Nothing was stored. Send the same again in {RETRY_SECONDS} seconds."),
        }[status]
        response: HttpResponse = problem(status, code, detail)
    else:
        context = {"status": status, "max_bytes": refusal.limit.max_bytes}
        response = HttpResponse(render_to_string("errors/body.html", context), status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _problem(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith(MACHINES):
        return problem(status, code, detail)
    return render(request, f"errors/{status}.html", status=status)
