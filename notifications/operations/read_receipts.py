"""The order of evidence rises: delivered, read, replied; what is still pending falls away."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from hrportal.kernel import history
from notifications.enums import NoticeEventKind, NoticeEvidence, NoticeState
from notifications.models import Notice, NoticeReadReceipt
from notifications.operations.follow_ups import resolve_reaching_follow_ups
from notifications.operations.stopping import cancel_pending
from notifications.operations.transitions import lock_notice, publish_event

# Within it a page that is looked at again belongs to the same visit.
VISIT = timedelta(minutes=30)
# What was read and not answered is asked for so long before the time to reply is over.
LAST_DAY = timedelta(days=1)
_TIMES = {
    NoticeEvidence.ACCEPTED: "sent_at",
    NoticeEvidence.DELIVERED: "delivered_at",
    NoticeEvidence.READ: "read_at",
    NoticeEvidence.REPLIED: "replied_at",
}
_EVENTS = {
    NoticeEvidence.DELIVERED: NoticeEventKind.DELIVERED,
    NoticeEvidence.READ: NoticeEventKind.READ,
}


@transaction.atomic
def record_opened(*, notice_id: UUID, now: datetime) -> None:
    """The recipient has the notice before their eyes (a posted form or a visible page)."""
    notice = lock_notice(notice_id)
    raise_evidence(notice=notice, to=NoticeEvidence.READ, now=now, source="candidate")
    if not NoticeReadReceipt.objects.filter(notice=notice, at__gt=now - VISIT).exists():
        NoticeReadReceipt.objects.create(notice=notice, at=now)


@transaction.atomic
def record_replied(*, notice_id: UUID, now: datetime) -> Notice:
    """The recipient answered something, final or not."""
    notice = lock_notice(notice_id)
    raise_evidence(notice=notice, to=NoticeEvidence.REPLIED, now=now, source="candidate")
    return notice


def raise_evidence(*, notice: Notice, to: NoticeEvidence, now: datetime, source: str) -> bool:
    """Lift the notice to a state; False if it stands there or higher already.

    The caller holds the notice's lock. From "read" on, pending deliveries are cancelled and tasks
    to reach the recipient are finished, in this same transaction.
    """
    if notice.evidence >= to:
        return False
    history.record(notice, action=to.name.lower(), now=now, source=source)
    notice.evidence = to
    column = _TIMES[to]
    if getattr(notice, column) is None:
        setattr(notice, column, now)
    if to >= NoticeEvidence.READ:
        notice.chase_at = notice.reply_by - LAST_DAY
    notice.save()
    if kind := _EVENTS.get(to):
        publish_event(notice=notice, kind=kind, now=now)
    if to >= NoticeEvidence.READ and notice.state in (NoticeState.APPROVED, NoticeState.SENT):
        cancel_pending(notice=notice, reason=to.name.lower(), now=now)
        resolve_reaching_follow_ups(notice_id=notice.pk, now=now)
    return True
