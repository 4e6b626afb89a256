"""Ending a notice: before anything went out, or afterwards."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from branches.models import User
from notifications.enums import DeliveryState, NoticeEventKind, NoticeState
from notifications.models import Delivery, Notice
from notifications.operations.follow_ups import cancel_follow_ups
from notifications.operations.moves import lock_notice, move_delivery, move_notice, tell

UNTOUCHED = (DeliveryState.PLANNED, DeliveryState.SKIPPED, DeliveryState.CANCELLED)


@transaction.atomic
def stop_unsent_notice(
    *, notice_id: UUID, reason: str, now: datetime, by: User | None = None, announce: bool = False
) -> bool:
    """Cancel a notice no provider was called for; False, and nothing changed, if one was.

    The deliveries' rows are locked, so a dispatcher either sees them cancelled or was faster.
    """
    notice = lock_notice(notice_id)
    if notice.state not in (NoticeState.IN_REVIEW, NoticeState.RETURNED, NoticeState.APPROVED):
        return False
    deliveries = list(Delivery.objects.select_for_update().filter(notice=notice))
    if any(delivery.state not in UNTOUCHED for delivery in deliveries):
        return False
    _end(notice, NoticeState.CANCELLED, verb="cancel", reason=reason, now=now, by=by)
    if announce:
        tell(notice=notice, kind=NoticeEventKind.STOPPED, now=now)
    return True


@transaction.atomic
def revoke_notice(*, notice_id: UUID, reason: str, now: datetime, by: User | None = None) -> Notice:
    """Take back a notice that went out: its link closes, what is still pending stays unsent."""
    return _end(lock_notice(notice_id), NoticeState.REVOKED, verb="revoke", reason=reason, now=now, by=by)


@transaction.atomic
def expire_notice(*, notice_id: UUID, now: datetime) -> Notice | None:
    """End a notice whose time to reply is over; None if it was answered meanwhile."""
    notice = lock_notice(notice_id)
    if notice.state != NoticeState.SENT or notice.reply_by > now:
        return None
    return _end(notice, NoticeState.EXPIRED, verb="expire", reason="", now=now)


@transaction.atomic
def close_notice(*, notice_id: UUID, reason: str, now: datetime) -> Notice:
    """The recipient gave the final answer."""
    return _end(
        lock_notice(notice_id), NoticeState.CLOSED, verb="close", reason=reason, now=now, source="candidate"
    )


def cancel_pending(*, notice: Notice, reason: str, now: datetime) -> None:
    """Cancel deliveries that have not been handed to a provider. The caller holds the notice's lock."""
    planned = Delivery.objects.select_for_update().filter(notice=notice, state=DeliveryState.PLANNED)
    for delivery in planned:
        move_delivery(delivery=delivery, to=DeliveryState.CANCELLED, verb="cancel", now=now, reason=reason)


def _end(
    notice: Notice,
    to: NoticeState,
    *,
    verb: str,
    reason: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
) -> Notice:
    cancel_pending(notice=notice, reason=verb, now=now)
    cancel_follow_ups(notice_id=notice.pk, now=now)
    notice.ended_at, notice.stop_reason = now, reason[:300]
    move_notice(notice=notice, to=to, verb=verb, now=now, by=by, source=source, reason=reason)
    return notice
