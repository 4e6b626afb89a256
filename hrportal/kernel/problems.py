"""Errors of the machine side as RFC 9457 problem documents."""

from collections.abc import Iterable
from http import HTTPStatus

from django.http import JsonResponse
from pydantic import Field

from hrportal.kernel.contracts import Answer


class FieldFault(Answer):
    """One wrong field, as a JSON pointer or a name, and what to mend."""

    field: str
    message: str


class Problem(Answer):
    """An error, as RFC 9457 describes it."""

    type: str
    title: str
    status: int
    detail: str = Field(description="One sentence with the remedy.")
    errors: list[FieldFault] = []


def problem_document(
    status: int, code: str, detail: str, *, errors: Iterable[dict[str, str]] = ()
) -> Problem:
    """What ``problem`` answers, for a place inside another answer; the same arguments."""
    return Problem(
        type=f"urn:hrportal:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=[FieldFault(**error) for error in errors],
    )


def problem(status: int, code: str, detail: str, *, errors: Iterable[dict[str, str]] = ()) -> JsonResponse:
    """A problem response: what is wrong and, per field, the remedy.

    Args:
        status: HTTP status.
        code: stable name of the kind of error, the last part of ``type``.
        detail: one sentence with the remedy; never contains a value that was sent.
        errors: ``{"field": JSON pointer or name, "message": what to mend}`` for each field.
    """
    body = problem_document(status, code, detail, errors=errors).model_dump(exclude_defaults=True)
    return JsonResponse(body, status=status, content_type="application/problem+json")
