"""Records as the performance system sends them: each message once, each row answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.utils.translation import override
from pydantic import Field

from hrportal.kernel.contracts import Answer
from hrportal.kernel.encryption import blind_index
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.tables import Row, RowError
from performance.enums import RowEffect
from performance.models import RecordMessage
from performance.operations.differences import note_differences
from performance.operations.records import RecordsOutcome, RowDone
from performance.operations.taking import record_each


class RowAnswer(Answer):
    """What became of one record."""

    row: int = Field(ge=1, description="Place in the list, counted from 1.")
    status: RowEffect | Literal["error"]
    code: str | None = Field(
        default=None,
        description="Of an error: its code, such as name-differs where the number belongs to another name.",
    )
    field: str | None = Field(default=None, description="Of an error: the field to correct.")
    message: str | None = Field(default=None, description="Of an error: the remedy.")
    kept: list[str] | None = Field(default=None, description="Fields kept as corrected manually.")


class PerformanceAnswer(Answer):
    """Counts, and what became of every record."""

    id: str
    created: int
    corrected: int
    unchanged: int
    kept: int = Field(description="Records with fields kept as corrected manually.")
    errors: int
    results: list[RowAnswer]


class MessageIdReused(Exception):
    """Another body came under this id before."""


@dataclass(frozen=True, slots=True)
class RecordsMessage:
    """A message whose sender is proven: its id, its raw body, its rows and those that are none."""

    webhook_id: str
    body: bytes
    rows: Sequence[Row]
    errors: Sequence[RowError] = ()


@bank_wide("the performance system writes about every employee")
def take_message(*, message: RecordsMessage, now: datetime) -> dict[str, Any]:
    """Take the rows in; returns the answer: counts, and ``results`` with a status for every row.

    The same message again writes nothing and is answered as the first time, even after later ones
    corrected it. Another body under a known id changes nothing either: what it says otherwise than the
    months do is put before people.

    Raises:
        MessageIdReused: the id was used for another body.
    """
    answer = _take(message, now=now)
    if answer is None:
        with override("en"):
            _set_aside(message, now=now)
        raise MessageIdReused
    return answer


@transaction.atomic
def _set_aside(message: RecordsMessage, *, now: datetime) -> None:
    outcome = record_each(rows=message.rows, now=now, source="api", dry_run=True)
    note_differences(sent=[row.sent for row in outcome.done], source="api", now=now)


@transaction.atomic
def _take(message: RecordsMessage, *, now: datetime) -> dict[str, Any] | None:
    """The answer; None if the id was used for another body."""
    index = blind_index(message.body, purpose="records")
    try:
        with transaction.atomic():
            # Of several at the same moment the others wait here, then find the answer of the first.
            kept = RecordMessage.objects.create(
                webhook_id=message.webhook_id, body_index=index, received_at=now, answer={}
            )
    except IntegrityError:
        known = RecordMessage.objects.get(webhook_id=message.webhook_id)
        first: dict[str, Any] = known.answer
        return first if bytes(known.body_index) == index else None
    with override("en"):
        outcome = record_each(rows=message.rows, now=now, source="api")
    answer = kept.answer = _answer(message, outcome).model_dump(mode="json", exclude_none=True)
    kept.save(update_fields=["answer"])
    return answer


def _answer(message: RecordsMessage, outcome: RecordsOutcome) -> PerformanceAnswer:
    errors = [*message.errors, *outcome.errors]
    results = [*map(_done, outcome.done), *map(_refused, errors)]
    return PerformanceAnswer(
        id=message.webhook_id,
        created=outcome.created,
        corrected=outcome.corrected,
        unchanged=outcome.unchanged,
        kept=outcome.kept,
        errors=len(errors),
        results=sorted(results, key=lambda result: result.row),
    )


def _refused(error: RowError) -> RowAnswer:
    return RowAnswer(
        row=error.line,
        status="error",
        code=f"{error.field}-differs" if error.can_stand else f"{error.field}-refused",
        field=error.field,
        message=error.message,
    )


def _done(row: RowDone) -> RowAnswer:
    if not row.kept:
        return RowAnswer(row=row.line, status=row.effect)
    return RowAnswer(
        row=row.line,
        status=row.effect,
        kept=sorted(row.kept),
        message="A person of the bank corrected these fields; they stay until a person decides.",
    )
