"""The machine side under /api/v1/: signed in, problem documents out, no session and no cookie."""

import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from hrportal.kernel.problems import problem
from hrportal.kernel.signatures import SignatureRefused
from recruitment.api.app import router as app_router
from recruitment.api.authentication import ProblemError
from recruitment.api.pages import OperationsPage, PortalApi
from recruitment.api.signals import router as signals_router
from recruitment.wire import SignalRefused

RETRY_SECONDS = 5

log = structlog.get_logger()

api = PortalApi(
    title="Offer-notice portal",
    version="1",
    description=(
        "HTTP interfaces of the portal. The AI interview and the performance system, each with a secret of its own, sign "
        "every request as Standard Webhooks describes: "
        "the headers webhook-id, webhook-timestamp and webhook-signature over the raw body. The bank's app shows "
        "its token and names its customer in the header app-account. Every error is a problem "
        "document (RFC 9457) whose detail and errors name the remedy and never repeat the values sent."
    ),
    docs=OperationsPage(),
    urls_namespace="api",
)
api.add_router("/interview-signals", signals_router)
api.add_router("/app/notices", app_router)


@api.exception_handler(SignatureRefused)
def unsigned(request: HttpRequest, exc: SignatureRefused) -> HttpResponse:
    """401; the scheme is named as RFC 9110 wants it."""
    response = problem(401, exc.code, exc.detail)
    response["WWW-Authenticate"] = "StandardWebhooks"
    return response


@api.exception_handler(SignalRefused)
def refused_signal(request: HttpRequest, exc: SignalRefused) -> HttpResponse:
    """400 or 422 with every wrong field."""
    return problem(exc.status, exc.code, exc.detail, errors=exc.errors)


@api.exception_handler(ProblemError)
def refused(request: HttpRequest, exc: ProblemError) -> HttpResponse:
    """What the entry point itself does not let in."""
    response = problem(exc.status, exc.code, exc.detail)
    if exc.allow:
        response["Allow"] = exc.allow
    return response


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def database_away(request: HttpRequest, exc: Exception) -> HttpResponse:
    """503: nothing was stored, so the sender keeps the signal and tries again."""
    response = problem(
        503, "unavailable", f"Nothing was stored. Send the same again in {RETRY_SECONDS} seconds."
    )
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


@api.exception_handler(Http404)
def unknown(request: HttpRequest, exc: Http404) -> HttpResponse:
    """404."""
    return problem(404, "not-found", "Nothing is here.")


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    """422 for a parameter; where it was and what it should be, never what was sent."""
    errors = [
        {"field": "/".join(str(part) for part in error["loc"]), "message": str(error["type"])}
        for error in exc.errors
    ]
    return problem(422, "invalid-parameters", "Mend the parameters named under errors.", errors=errors)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, exc: HttpError) -> HttpResponse:
    """Whatever else the framework refuses."""
    return problem(exc.status_code, "refused", "The request is refused as the status says.")


__all__ = ["api"]
