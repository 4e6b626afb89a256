"""The recipient reads or replies: the order of evidence rises, and what is still pending falls away."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from notifications.enums import NoticeEvidence
from notifications.models import Notice, NoticeReadReceipt
from notifications.operations.ledger import lock_ledger, write_ledger
from notifications.rules.ledger import raise_evidence

# Within it a page that is looked at again belongs to the same visit.
VISIT = timedelta(minutes=30)


@transaction.atomic
def record_opened(*, notice_id: UUID, now: datetime) -> None:
    """The recipient has the notice before their eyes (a posted form or a visible page)."""
    _reach(notice_id, NoticeEvidence.READ, now=now)
    if not NoticeReadReceipt.objects.filter(notice_id=notice_id, at__gt=now - VISIT).exists():
        NoticeReadReceipt.objects.create(notice_id=notice_id, at=now)


@transaction.atomic
def record_replied(*, notice_id: UUID, now: datetime) -> Notice:
    """The recipient answered something, final or not."""
    _reach(notice_id, NoticeEvidence.REPLIED, now=now)
    return Notice.objects.select_related("recipient", "branch", "position", "review_policy").get(pk=notice_id)


def _reach(notice_id: UUID, to: NoticeEvidence, *, now: datetime) -> None:
    """What is still pending falls away, in this same transaction; raises ``Notice.DoesNotExist``."""
    ledger = lock_ledger(now=now, notice_ids=[notice_id])
    if notice_id not in ledger.notices:
        raise Notice.DoesNotExist
    if raise_evidence(ledger, ledger.notices[notice_id], to=to, source="candidate"):
        write_ledger(ledger)
