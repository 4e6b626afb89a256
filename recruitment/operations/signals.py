"""Storing what came in: once, encrypted, before anything is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from branches.models import Branch
from hrportal.kernel import history
from hrportal.kernel.encryption import blind_index
from hrportal.kernel.group_commit import GroupCommit
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.task_wakeups import wake
from recruitment.enums import QuarantineReason, SignalState
from recruitment.models import InterviewSignal

INGEST_TASK = "recruitment.tasks.ingest_signals"
LONGEST_SHARED_ID = 180
LARGEST_GROUP = 200
_FIELDS = InterviewSignal._meta.concrete_fields
_COLUMNS = ", ".join(f'"{field.column}"' for field in _FIELDS)
_ROW = f"({', '.join(['%s'] * len(_FIELDS))})"


@dataclass(frozen=True, slots=True)
class RawSignal:
    """One checked body under its proven id."""

    webhook_id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the portal has under an id now.

    Attributes:
        created: this call stored it.
        same_body: what is stored is what was sent; never False together with ``created``.
    """

    webhook_id: str
    state: SignalState
    created: bool
    same_body: bool


def store_signal(*, raw: RawSignal, now: datetime) -> Receipt:
    """Store one signal unless its id is known, and wake the workers; with what other threads store just now.

    Any number of simultaneous calls with one id store one row: the database decides who was first.
    """
    return _TOGETHER.store((raw, now), key=raw.webhook_id)


@bank_wide("signals come in before anybody knows whose they are")
def store_signals(*, raws: Sequence[RawSignal], now: datetime) -> list[Receipt]:
    """Store every signal whose id is unknown in one statement; a receipt for each, in order.

    The ids must differ from each other. A body under an id that came with another one is kept in
    quarantine, once, where a person decides what it is.
    """
    if not raws:
        return []
    rows = [
        InterviewSignal(
            webhook_id=raw.webhook_id,
            body=raw.body,
            body_index=blind_index(raw.body, purpose="signal"),
            received_at=now,
        )
        for raw in raws
    ]
    created = _insert(rows)
    if created:
        wake(INGEST_TASK)
    known = _known([row.webhook_id for row in rows if row.webhook_id not in created])
    _set_aside(
        [row for row in rows if row.webhook_id in known and known[row.webhook_id][0] != row.body_index],
        now=now,
    )
    return [_receipt(row, known.get(row.webhook_id)) for row in rows]


def _store_together(asked: Sequence[tuple[RawSignal, datetime]]) -> list[Receipt]:
    return store_signals(raws=[raw for raw, _now in asked], now=max(now for _raw, now in asked))


_TOGETHER: Final = GroupCommit(_store_together, most=LARGEST_GROUP)


def _set_aside(rows: Sequence[InterviewSignal], *, now: datetime) -> None:
    """Keep bodies whose id was taken, under the id and the beginning of their own index."""
    if not rows:
        return
    branch = Branch.objects.filter(depth=1).first()
    kept = [
        InterviewSignal(
            webhook_id=f"{row.webhook_id[:LONGEST_SHARED_ID]}#{bytes(row.body_index).hex()[:16]}",
            body=row.body.decrypt_bytes(),
            body_index=row.body_index,
            received_at=now,
            state=SignalState.QUARANTINED,
            processed_at=now,
            quarantine_reason=QuarantineReason.MESSAGE_CONFLICT,
            branch=branch,
        )
        for row in rows
    ]
    with transaction.atomic():
        new = _insert(kept)
        history.record_all(
            [row for row in kept if row.webhook_id in new],
            action="ingest",
            now=now,
            was=SignalState.RECEIVED,
            to=SignalState.QUARANTINED,
            reason=QuarantineReason.MESSAGE_CONFLICT,
        )


def _insert(rows: Sequence[InterviewSignal]) -> set[str]:
    """The ids that were new. ``bulk_create(ignore_conflicts=True)`` cannot tell, and takes a transaction."""
    table = InterviewSignal._meta.db_table
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in _FIELDS
    ]
    statement = (
        f'INSERT INTO "{table}" ({_COLUMNS}) VALUES {", ".join([_ROW] * len(rows))} '  # noqa: S608 - names of the model
        "ON CONFLICT (webhook_id) DO NOTHING RETURNING webhook_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {webhook_id for (webhook_id,) in cursor.fetchall()}


def _known(webhook_ids: Sequence[str]) -> dict[str, tuple[bytes, str]]:
    if not webhook_ids:
        return {}
    found = InterviewSignal.objects.filter(webhook_id__in=webhook_ids)
    return {
        webhook_id: (bytes(index), state)
        for webhook_id, index, state in found.values_list("webhook_id", "body_index", "state")
    }


def _receipt(row: InterviewSignal, known: tuple[bytes, str] | None) -> Receipt:
    if known is None:
        return Receipt(row.webhook_id, SignalState.RECEIVED, created=True, same_body=True)
    index, state = known
    return Receipt(
        row.webhook_id, SignalState(state), created=False, same_body=index == bytes(row.body_index)
    )
