"""What every machine endpoint checks before it looks at a request: size, then signature."""

import time
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import Router

from hrportal.kernel import signatures

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class ProblemError(Exception):
    """The request is not let in.

    Attributes:
        status: HTTP status.
        code: stable name of the kind of error.
        detail: one sentence with the remedy.
        allow: the methods that exist here, for a 405.
    """

    def __init__(self, status: int, code: str, detail: str, *, allow: str = "") -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.allow = allow


def signed_body(
    request: HttpRequest, *, max_bytes: int, secrets: Sequence[str] | None = None
) -> tuple[str, bytes]:
    """The proven webhook-id and the raw body; without ``secrets``, those of the AI interview count.

    The Content-Type is not looked at: the signature covers the bytes, not their label.

    Raises:
        ProblemError: see ``announced_body``.
        SignatureRefused: who sent it is not proven.
    """
    body = announced_body(request, max_bytes=max_bytes)
    return signed_by(request, body, secrets=secrets), body


def announced_body(request: HttpRequest, *, max_bytes: int) -> bytes:
    """The raw body, read only when it is announced short enough.

    Raises:
        ProblemError: 413 when the body is announced too long, 411 when its length is not announced, 400
            when the sender went away in the middle.
    """
    announced = request.META.get("CONTENT_LENGTH") or ""
    # Django reads nothing beyond the announced length, so the announcement is the whole truth.
    if not announced and request.META.get("HTTP_TRANSFER_ENCODING"):
        raise ProblemError(411, "length-required", "Send Content-Length instead of chunks.")
    if announced.isdecimal() and int(announced[:20]) > max_bytes:
        raise ProblemError(413, "too-large", f"Send at most {max_bytes} bytes.")
    try:
        return request.body
    except UnreadablePostError:
        raise ProblemError(400, "cut-off", "The body ended early. Send it again.") from None


def signed_by(request: HttpRequest, body: bytes, *, secrets: Sequence[str] | None = None) -> str:
    """The proven webhook-id of these bytes. Real time counts: a demonstration's clock runs faster.

    Raises:
        SignatureRefused: who sent it is not proven.
    """
    active = settings.SIGNAL_SECRETS if secrets is None else secrets
    return signatures.verify(body, request.headers, secrets=active, now=time.time())


def refuse_other_methods(router: Router, path: str, *, allowed: str) -> None:
    """Answer every other method on a path with a problem document; the framework answers in plain text."""

    def method_not_allowed(request: HttpRequest) -> HttpResponse:
        raise ProblemError(405, "method-not-allowed", f"Use {allowed} here.", allow=allowed)

    # The framework wants each name of the path in the signature.
    def method_not_allowed_on_signal(request: HttpRequest, webhook_id: str) -> HttpResponse:
        return method_not_allowed(request)

    def method_not_allowed_on_notice(request: HttpRequest, notice_id: str) -> HttpResponse:
        return method_not_allowed(request)

    def method_not_allowed_on_recommendation(request: HttpRequest, recommendation_id: str) -> HttpResponse:
        return method_not_allowed(request)

    view: Callable[..., HttpResponse] = method_not_allowed
    if "webhook_id" in path:
        view = method_not_allowed_on_signal
    elif "notice_id" in path:
        view = method_not_allowed_on_notice
    elif "recommendation_id" in path:
        view = method_not_allowed_on_recommendation
    others = [method for method in METHODS if method != allowed]
    router.api_operation(others, path, include_in_schema=False)(view)
