"""Errors of the machine side as RFC 9457 problem documents."""

from collections.abc import Iterable
from http import HTTPStatus

from django.http import JsonResponse


def problem_document(
    status: int, code: str, detail: str, *, errors: Iterable[dict[str, str]] = ()
) -> dict[str, object]:
    """What ``problem`` answers, for a place inside another answer; the same arguments."""
    body: dict[str, object] = {
        "type": f"urn:hrportal:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if found := list(errors):
        body["errors"] = found
    return body


def problem(status: int, code: str, detail: str, *, errors: Iterable[dict[str, str]] = ()) -> JsonResponse:
    """A problem response: what is wrong and, per field, the remedy.

    Args:
        status: HTTP status.
        code: stable name of the kind of error, the last part of ``type``.
        detail: one sentence with the remedy; never contains a value that was sent.
        errors: ``{"field": JSON pointer or name, "message": what to mend}`` for each field.
    """
    body = problem_document(status, code, detail, errors=errors)
    return JsonResponse(body, status=status, content_type="application/problem+json")
