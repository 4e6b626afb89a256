"""What a receipt makes of the delivery that it names. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hrportal.kernel.clocks import business_span
from notifications.enums import DeliveryState, NoticeEvidence, ReceiptOutcome
from notifications.providers.base import Evidence
from notifications.rules.ledger import Ledger, accept, fail, raise_evidence
from notifications.rules.rows import DeliveryRow

# An accept is recorded within seconds of the call; what nobody claims after this long is not ours.
ORPHAN_AFTER_SECONDS = 600
RECEIPT_KEYS = ("id", "provider", "provider_id", "evidence", "code", "address_is_bad", "received_at")
RECEIPT_COLUMNS = ("due_at", "delivery_id", "outcome")
_ORDER_OF_EVIDENCE = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ)
_TIMES = {DeliveryState.DELIVERED: "delivered_at", DeliveryState.READ: "read_at"}


@dataclass(slots=True)
class ReceiptRow:
    """One receipt, as ``notifications.models.Receipt`` says."""

    id: int
    provider: str
    provider_id: str
    evidence: str
    code: str
    address_is_bad: bool
    received_at: datetime
    due_at: datetime
    delivery_id: UUID | None = None
    outcome: str = ""

    @property
    def pk(self) -> int:
        """As of a stored row."""
        return self.id


def take_receipt(ledger: Ledger, delivery: DeliveryRow, receipt: ReceiptRow) -> None:
    """Move the delivery as far as the receipt proves, and settle the receipt."""
    receipt.delivery_id = delivery.pk
    changed = _apply(ledger, delivery, receipt)
    receipt.outcome = ReceiptOutcome.APPLIED if changed else ReceiptOutcome.STALE


def wait_or_fail(receipt: ReceiptRow, *, now: datetime) -> None:
    """Look again after a pause as long as it has waited; what nobody claims for too long is not ours."""
    waited = now - receipt.received_at
    longest = business_span(timedelta(seconds=ORPHAN_AFTER_SECONDS))
    if waited >= longest:
        receipt.outcome = ReceiptOutcome.ORPHAN
        return
    pause = max(waited, business_span(timedelta(seconds=1)))
    receipt.due_at = min(now + pause, max(receipt.received_at + longest, now + pause / 2))


def _apply(ledger: Ledger, delivery: DeliveryRow, receipt: ReceiptRow) -> bool:
    """Move the delivery along the order of evidence or to failed; False if the receipt tells nothing new."""
    now = ledger.now
    if delivery.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
        # The news names a send whose answer never came: now it is certain that it was taken.
        accept(ledger, delivery, provider_id=receipt.provider_id)
    elif delivery.state not in _ORDER_OF_EVIDENCE or (
        delivery.provider_id and delivery.provider_id != receipt.provider_id
    ):
        return False
    evidence = Evidence(receipt.evidence)
    if evidence is Evidence.FAILED:
        if delivery.state != DeliveryState.ACCEPTED:
            return False
        delivery.code = receipt.code
        fail(ledger, delivery, address_is_bad=receipt.address_is_bad)
        return True
    to = DeliveryState[evidence.name]
    if _ORDER_OF_EVIDENCE.index(to) <= _ORDER_OF_EVIDENCE.index(DeliveryState(delivery.state)):
        return False
    for state in _ORDER_OF_EVIDENCE[1 : _ORDER_OF_EVIDENCE.index(to) + 1]:
        if getattr(delivery, _TIMES[state]) is None:
            setattr(delivery, _TIMES[state], now)
    ledger.delivery_moves.move(delivery, to=to, action="receipt", now=now, reason=receipt.code)
    raise_evidence(
        ledger, ledger.notice_of(delivery), to=NoticeEvidence[evidence.name], source=delivery.channel
    )
    return True
