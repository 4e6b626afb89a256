"""What goes on after a notice was sent: held until a person has decided, extended, opened again."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from branches.calendar.working_time import end_of_day
from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict
from hrportal.kernel.task_wakeups import wake
from notifications.enums import DeliveryState, NoticeEvidence, NoticeState
from notifications.models import Delivery, Notice
from notifications.operations.stopping import cancel_pending, may_be_out
from notifications.operations.transitions import DISPATCH_TASK, lock_notice
from notifications.rules.ledger import LAST_DAY

REOPENABLE_STATES = (NoticeState.EXPIRED, NoticeState.CLOSED, NoticeState.REVOKED)


def may_be_known(notice: Notice) -> bool:
    """Whether its recipient has the notice, or may have it."""
    deliveries = Delivery.objects.filter(notice=notice)
    # Of one that was to be repeated and then was not, nobody knows what became of the first time.
    repeated = deliveries.filter(state=DeliveryState.CANCELLED, transitions__action="repeat")
    return notice.evidence >= NoticeEvidence.READ or may_be_out(deliveries) or repeated.exists()


@transaction.atomic
def hold_notice(*, notice_id: UUID, reason: str, now: datetime, by: User | None = None) -> Notice:
    """Let nothing more of it leave, nor its time to reply end; what is held already stays as it is.

    The planned deliveries' rows are locked, so a dispatcher either sees the hold or was faster.
    """
    notice = lock_notice(notice_id)
    list(Delivery.objects.select_for_update().filter(notice=notice).values_list("pk"))
    if notice.held_at is None:
        notice.held_at = now
        notice.save(update_fields=["held_at"])
        history.record(notice, action="hold", now=now, by=by, reason=reason)
    return notice


@transaction.atomic
def resume_notice(*, notice_id: UUID, reason: str, now: datetime, by: User | None = None) -> Notice:
    """Go on with a held notice; its recipient has until the end of the next day at least."""
    notice = lock_notice(notice_id)
    if notice.held_at is None:
        return notice
    notice.held_at = None
    history.record(notice, action="resume", now=now, by=by, reason=reason)
    if notice.state == NoticeState.SENT and notice.reply_by < (until := end_of_next_day(now)):
        _give_time(notice, until)
    notice.save()
    wake(DISPATCH_TASK)
    return notice


@transaction.atomic
def extend_notice(
    *, notice_id: UUID, until: datetime, reason: str, now: datetime, by: User | None = None
) -> Notice:
    """Give the recipient more time; what is still pending names the old day and stays unsent.

    Raises:
        Conflict: it does not wait for an answer.
    """
    notice = lock_notice(notice_id)
    if notice.state != NoticeState.SENT:
        raise Conflict
    cancel_pending(notice=notice, reason="extend", now=now)
    _give_time(notice, until)
    notice.save(update_fields=["reply_by", "chase_at"])
    history.record(notice, action="extend", now=now, by=by, reason=reason)
    return notice


@transaction.atomic
def reopen_notice(
    *, notice_id: UUID, until: datetime, action: str, reason: str, now: datetime, by: User
) -> Notice:
    """Let a notice that has ended wait for an answer again.

    Raises:
        Conflict: it has not ended, or never went out.
    """
    notice = lock_notice(notice_id)
    if notice.state not in REOPENABLE_STATES or notice.sent_at is None:
        raise Conflict
    notice.ended_at, notice.stop_reason = None, ""
    _give_time(notice, until)
    history.move(notice, to=NoticeState.SENT, action=action, now=now, by=by, reason=reason)
    return notice


def stop_reminding(*, notice_id: UUID, reason: str, now: datetime) -> None:
    """What is still pending says what is true no longer, and stays unsent."""
    cancel_pending(notice=lock_notice(notice_id), reason=reason, now=now)


def end_of_next_day(now: datetime) -> datetime:
    """The least time to answer that is left where something kept the recipient from it."""
    return end_of_day(timezone.localdate(now) + timedelta(days=1))


def _give_time(notice: Notice, until: datetime) -> None:
    notice.reply_by, notice.chase_at = until, until - LAST_DAY
