"""A planned delivery that must not go out ends, and whoever has to know is told."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from notifications.enums import DeliveryState, FollowUpKind
from notifications.models import Notice
from notifications.operations.ledger import lock_ledger, write_ledger
from notifications.operations.outdated import outdated, return_outdated
from notifications.operations.stopping import repeated
from notifications.rules.answers import MAX_RETRIES
from notifications.rules.ledger import WantedFollowUp
from notifications.rules.sending import NO_WAY, OUTDATED


@transaction.atomic
def end_unsent(*, delivery_id: UUID, reason: str, now: datetime) -> None:
    """End a planned delivery that must not go out.

    A person is told, unless only an address or the channel was missing and another step follows. What is
    true no longer goes back to its authors as long as no provider may have it.
    """
    ledger = lock_ledger(now=now, delivery_ids=[delivery_id])
    delivery = ledger.deliveries[delivery_id]
    if delivery.state != DeliveryState.PLANNED:
        return
    if reason == OUTDATED:
        # Asked again under the lock: somebody may have mended it in this moment.
        notice = Notice.objects.get(pk=delivery.notice_id)
        reasons = outdated([notice], now=now).get(notice.pk)
        if not reasons or return_outdated(notice=notice, reasons=reasons, now=now):
            return
        reason = ", ".join(reasons)
    delivery.code = reason[:80]
    if repeated([delivery]):
        # Not said again; what became of the first time is looked up.
        to, action, delivery.retries = DeliveryState.UNKNOWN, "guard", MAX_RETRIES
    elif reason in NO_WAY:
        to, action = DeliveryState.SKIPPED, "skip"
        ledger.failed.append(delivery)
    else:
        to, action = DeliveryState.CANCELLED, "guard"
    ledger.delivery_moves.move(delivery, to=to, action=action, now=now, reason=reason)
    if reason not in NO_WAY:
        ledger.follow_ups.append(
            WantedFollowUp(ledger.notice_of(delivery), FollowUpKind.GUARD_STOPPED, delivery, reason)
        )
    write_ledger(ledger)
