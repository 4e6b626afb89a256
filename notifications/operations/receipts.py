"""Receipts: stored as they come, applied a batch at a time when their delivery is known, never moving it back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from hrportal.kernel import bulk
from hrportal.kernel.sweeps import Sweep
from hrportal.kernel.task_wakeups import wake
from notifications.enums import DeliveryState
from notifications.models import Receipt
from notifications.operations.ledger import RECEIPTS_TASK, find_taken_names, lock_ledger, write_ledger
from notifications.providers.base import ReceiptFact
from notifications.rules.receipts import (
    RECEIPT_COLUMNS,
    RECEIPT_KEYS,
    ReceiptRow,
    take_receipt,
    wait_or_fail,
)

BATCH = 500
APPLY = Sweep("apply_receipts", label=_("Processing receipts"), task=RECEIPTS_TASK)
# ``delivery`` counts only if this provider has it.
_STORE = """
INSERT INTO notifications_receipt (provider, provider_id, evidence, dedupe_key, code, address_is_bad, occurred_at,
                                   received_at, due_at, outcome, delivery_id)
SELECT %(provider)s, fact.*, %(now)s, %(now)s, '',
       (SELECT id FROM notifications_delivery WHERE id = %(delivery)s AND provider = %(provider)s)
FROM unnest(%(ids)s::text[], %(evidence)s::text[], %(keys)s::text[], %(codes)s::text[], %(bad)s::bool[],
            %(at)s::timestamptz[]) AS fact
ON CONFLICT (provider, dedupe_key) DO NOTHING
"""
_FIND = """
SELECT named.receipt, delivery.id FROM notifications_delivery delivery
JOIN unnest(%s::bigint[], %s::text[], %s::text[]) AS named (receipt, provider, provider_id)
    ON delivery.provider = named.provider AND delivery.provider_id = named.provider_id
WHERE delivery.provider_id <> ''
"""


def store_receipts(
    *, provider: str, facts: Sequence[ReceiptFact], now: datetime, delivery_id: UUID | None = None
) -> int:
    """Keep verified callback lines, each once, in one statement; returns how many are new.

    ``delivery_id`` is what a callback address named; it counts only if this provider has that delivery.
    """
    values: dict[str, Any] = {
        "provider": provider,
        "now": now,
        "delivery": delivery_id,
        "ids": [fact.provider_id[:120] for fact in facts],
        "evidence": [fact.evidence.value for fact in facts],
        "keys": [fact.dedupe_key[:200] for fact in facts],
        "codes": [fact.code[:80] for fact in facts],
        "bad": [fact.address_is_bad for fact in facts],
        "at": [fact.occurred_at for fact in facts],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        stored = int(cursor.rowcount)
    wake(RECEIPTS_TASK)
    return stored


def apply_receipts(*, now: datetime, limit: int = BATCH) -> int:
    """Apply receipts that are due, the oldest first; returns how many were looked at.

    Early ones are looked at again when their accept is recorded, or after a pause as long as they waited.
    """
    applying = APPLY.round(now=now)
    with transaction.atomic():
        due = applying.due(
            Receipt.objects.select_for_update(skip_locked=True).filter(outcome="", due_at__lte=now)
        )
        found = due.order_by("due_at", "pk").values_list(*RECEIPT_KEYS, *RECEIPT_COLUMNS)[:limit]
        rows = [ReceiptRow(*values) for values in found]
        held = applying.batch(rows, partial(_apply, now=now))
    for row in held:
        with applying.row(row.pk):
            _apply_alone(row.pk, now=now)
    return len(rows)


def _apply_alone(receipt_id: int, *, now: datetime) -> None:
    """The one whose notice somebody held: now that lock is waited for."""
    rows = Receipt.objects.select_for_update(skip_locked=True).filter(pk=receipt_id, outcome="")
    _apply(
        [ReceiptRow(*values) for values in rows.values_list(*RECEIPT_KEYS, *RECEIPT_COLUMNS)],
        now=now,
        waits=True,
    )


def _apply(due: Sequence[ReceiptRow], *, now: datetime, waits: bool = False) -> list[ReceiptRow]:
    """Apply what can be applied now; returns those whose notice somebody holds. The caller holds the rows' locks."""
    # Should this fail, each receipt is tried alone as it was.
    rows = [replace(row) for row in due]
    deliveries = _deliveries_of(rows)
    ledger = lock_ledger(now=now, delivery_ids=set(deliveries.values()), waits=waits)
    find_taken_names(
        ledger, [(row.provider, row.provider_id) for row in rows if _is_first_news(row, ledger, deliveries)]
    )
    held = []
    for row in rows:
        if row.pk not in deliveries:
            wait_or_fail(row, now=now)
        elif delivery := ledger.deliveries.get(deliveries[row.pk]):
            take_receipt(ledger, delivery, row)
        else:
            held.append(row)
    write_ledger(ledger)
    settled = {row.pk: row for row in rows if row not in held}
    bulk.update(
        Receipt,
        {pk: {column: getattr(row, column) for column in RECEIPT_COLUMNS} for pk, row in settled.items()},
    )
    return held


def _is_first_news(row: ReceiptRow, ledger: Any, deliveries: dict[int, UUID]) -> bool:
    """Whether it names a send whose answer never came."""
    delivery = ledger.deliveries.get(deliveries.get(row.pk))
    return bool(row.provider_id and delivery) and delivery.state in (
        DeliveryState.SENDING,
        DeliveryState.UNKNOWN,
    )


def _deliveries_of(rows: Sequence[ReceiptRow]) -> dict[int, UUID]:
    """The delivery of each receipt: the one its callback named, else the one that has the provider's name."""
    found = {row.pk: row.delivery_id for row in rows if row.delivery_id is not None}
    if unnamed := [(row.pk, row.provider, row.provider_id) for row in rows if row.delivery_id is None]:
        with connection.cursor() as cursor:
            cursor.execute(_FIND, [list(column) for column in zip(*unnamed, strict=True)])
            found |= dict(cursor.fetchall())
    return found
