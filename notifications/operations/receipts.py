"""Receipts: stored as they come, applied when their delivery is known, never moving it back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hrportal.kernel import history
from hrportal.kernel.clocks import business_span
from hrportal.kernel.sweeps import Sweep
from hrportal.kernel.task_wakeups import wake
from notifications.enums import DeliveryState, NoticeEvidence, ReceiptOutcome
from notifications.models import Delivery, Receipt
from notifications.operations.read_receipts import raise_evidence
from notifications.operations.recording import RECEIPTS_TASK, record_accept, record_failure
from notifications.operations.transitions import lock_notice
from notifications.providers.base import Evidence, ReceiptFact

# An accept is recorded within seconds of the call; what nobody claims after this long is not ours.
ORPHAN_AFTER_SECONDS = 600
APPLY = Sweep("apply_receipts", label=_("Processing receipts"), task=RECEIPTS_TASK)
_ORDER_OF_EVIDENCE = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ)
_TIMES = {DeliveryState.DELIVERED: "delivered_at", DeliveryState.READ: "read_at"}


def store_receipts(
    *, provider: str, facts: Iterable[ReceiptFact], now: datetime, delivery_id: UUID | None = None
) -> int:
    """Keep verified callback lines, each once; returns how many are new.

    ``delivery_id`` is what a callback address named; it counts only if this provider has that delivery.
    """
    known = Delivery.objects.filter(pk=delivery_id, provider=provider).exists() if delivery_id else False
    rows = [
        Receipt(
            provider=provider,
            provider_id=fact.provider_id[:120],
            evidence=fact.evidence,
            dedupe_key=fact.dedupe_key[:200],
            code=fact.code[:80],
            address_is_bad=fact.address_is_bad,
            occurred_at=fact.occurred_at,
            received_at=now,
            due_at=now,
            delivery_id=delivery_id if known else None,
        )
        for fact in facts
    ]
    before = Receipt.objects.filter(
        provider=provider, dedupe_key__in=[row.dedupe_key for row in rows]
    ).count()
    Receipt.objects.bulk_create(rows, ignore_conflicts=True)
    wake(RECEIPTS_TASK)
    return len(rows) - before


def apply_receipts(*, now: datetime, limit: int = 200) -> int:
    """Apply receipts that are due, the oldest first; returns how many were looked at.

    Early ones are looked at again when their accept is recorded, or after a pause as long as they waited.
    """
    applying = APPLY.round(now=now)
    waiting = applying.due(Receipt.objects.filter(outcome="", due_at__lte=now).order_by("due_at", "pk"))
    keys = list(waiting.values_list("pk", flat=True)[:limit])
    for pk in keys:
        with applying.row(pk):
            _apply_one(pk, now=now)
    return len(keys)


def _apply_one(receipt_id: int, *, now: datetime) -> None:
    receipt = Receipt.objects.filter(pk=receipt_id, outcome="").first()
    if receipt is None:
        return
    found = _delivery_of(receipt)
    if found is None:
        _wait_or_fail(receipt, now=now)
        return
    # Locks in the order that everybody takes them: notice, delivery; the receipt last.
    notice = lock_notice(found.notice_id)
    delivery = Delivery.objects.select_for_update().get(pk=found.pk)
    delivery.notice = notice
    if not Receipt.objects.select_for_update(skip_locked=True).filter(pk=receipt_id, outcome="").exists():
        return
    receipt.delivery = delivery
    changed = _apply(receipt, delivery, now=now)
    _settle(receipt, ReceiptOutcome.APPLIED if changed else ReceiptOutcome.STALE)


def _wait_or_fail(receipt: Receipt, *, now: datetime) -> None:
    waited = now - receipt.received_at
    longest = business_span(timedelta(seconds=ORPHAN_AFTER_SECONDS))
    if waited >= longest:
        _settle(receipt, ReceiptOutcome.ORPHAN)
        return
    pause = max(waited, business_span(timedelta(seconds=1)))
    receipt.due_at = min(now + pause, max(receipt.received_at + longest, now + pause / 2))
    receipt.save(update_fields=["due_at"])


def _delivery_of(receipt: Receipt) -> Delivery | None:
    if receipt.delivery_id is not None:
        return receipt.delivery
    return Delivery.objects.filter(provider=receipt.provider, provider_id=receipt.provider_id).first()


def _settle(receipt: Receipt, outcome: ReceiptOutcome) -> None:
    receipt.outcome = outcome
    receipt.save(update_fields=["outcome", "delivery"])


def _apply(receipt: Receipt, delivery: Delivery, *, now: datetime) -> bool:
    """Move the delivery along the order of evidence or to failed; False if the receipt tells nothing new."""
    if delivery.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
        # The news names a send whose answer never came: now it is certain that it was taken.
        record_accept(delivery=delivery, provider_id=receipt.provider_id, now=now)
    elif delivery.state not in _ORDER_OF_EVIDENCE or (
        delivery.provider_id and delivery.provider_id != receipt.provider_id
    ):
        return False
    evidence = Evidence(receipt.evidence)
    if evidence is Evidence.FAILED:
        if delivery.state != DeliveryState.ACCEPTED:
            return False
        delivery.code = receipt.code
        record_failure(delivery=delivery, address_is_bad=receipt.address_is_bad, now=now)
        return True
    to = DeliveryState[evidence.name]
    if _ORDER_OF_EVIDENCE.index(to) <= _ORDER_OF_EVIDENCE.index(DeliveryState(delivery.state)):
        return False
    for state in _ORDER_OF_EVIDENCE[1 : _ORDER_OF_EVIDENCE.index(to) + 1]:
        if getattr(delivery, _TIMES[state]) is None:
            setattr(delivery, _TIMES[state], now)
    history.move(delivery, to=to, action="receipt", now=now, reason=receipt.code)
    raise_evidence(notice=delivery.notice, to=NoticeEvidence[evidence.name], now=now, source=delivery.channel)
    return True
