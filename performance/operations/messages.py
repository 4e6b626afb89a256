"""Records as the performance system sends them: each message once, each row answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import override

from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sealing import blind_index
from hrportal.kernel.tables import Row, RowError
from performance.models import RecordMessage
from performance.operations.records import RecordsOutcome
from performance.operations.taking import record_each


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
@transaction.atomic
def take_message(*, message: RecordsMessage, now: datetime) -> dict[str, Any]:
    """Take the rows in; returns the answer: counts, and ``results`` with a status for every row.

    The same message again writes nothing and is answered as the first time, even after later ones
    corrected it.

    Raises:
        MessageIdReused: the id was used for another body.
    """
    index = blind_index(message.body, purpose="records")
    try:
        with transaction.atomic():
            # Of several at the same moment the others wait here, then find the answer of the first.
            kept = RecordMessage.objects.create(
                webhook_id=message.webhook_id, body_index=index, received_at=now, answer={}
            )
    except IntegrityError:
        known = RecordMessage.objects.get(webhook_id=message.webhook_id)
        if bytes(known.body_index) != index:
            raise MessageIdReused from None
        first: dict[str, Any] = known.answer
        return first
    with override("en"):
        outcome = record_each(rows=message.rows, now=now, source="api")
    answer = kept.answer = _answer(message, outcome)
    kept.save(update_fields=["answer"])
    return answer


def _answer(message: RecordsMessage, outcome: RecordsOutcome) -> dict[str, Any]:
    errors = [*message.errors, *outcome.errors]
    results: list[dict[str, Any]] = [{"row": row.line, "status": row.effect.value} for row in outcome.done]
    results += [
        {"row": error.line, "status": "error", "field": error.field, "message": error.message}
        for error in errors
    ]
    return {
        "id": message.webhook_id,
        "created": outcome.created,
        "corrected": outcome.corrected,
        "unchanged": outcome.unchanged,
        "errors": len(errors),
        "results": sorted(results, key=lambda result: int(result["row"])),
    }
