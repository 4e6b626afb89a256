"""Ending a notice: before anything went out, or afterwards."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from branches.models import User
from hrportal.kernel import history
from notifications.enums import DeliveryState, NoticeEventKind, NoticeState
from notifications.models import Delivery, DeliveryTransition, Notice
from notifications.operations.follow_ups import cancel_follow_ups
from notifications.operations.transitions import lock_notice, publish_event
from notifications.rules.rows import DeliveryRow

# No provider has it for certain. One that is planned again may be out all the same, see ``repeated``.
NOT_TAKEN = (DeliveryState.PLANNED, DeliveryState.SKIPPED, DeliveryState.CANCELLED, DeliveryState.FAILED)


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
    if may_be_out(deliveries) or any(delivery.state == DeliveryState.FAILED for delivery in deliveries):
        return False
    _end(notice, NoticeState.CANCELLED, action="cancel", reason=reason, now=now, by=by)
    if announce:
        publish_event(notice=notice, kind=NoticeEventKind.STOPPED, now=now)
    return True


def may_be_out(deliveries: Iterable[Delivery]) -> bool:
    """Whether a provider has one of these messages, or may have it."""
    rows = list(deliveries)
    return any(delivery.state not in NOT_TAKEN for delivery in rows) or bool(repeated(rows))


def repeated(deliveries: Iterable[Delivery | DeliveryRow]) -> dict[UUID, datetime]:
    """Which are planned a second time, and when the first was claimed, of which nobody knows what became.

    One query at most.
    """
    again = [
        delivery.pk
        for delivery in deliveries
        if delivery.state == DeliveryState.PLANNED and delivery.claimed_at is not None
    ]
    if not again:
        return {}
    claimed: dict[UUID, datetime] = {}
    found: dict[UUID, datetime] = {}
    moves = DeliveryTransition.objects.filter(subject__in=again, action__in=["claim", "repeat"])
    for pk, action, at in moves.order_by("pk").values_list("subject_id", "action", "at"):
        if action == "claim":
            claimed[pk] = at
        else:
            found.setdefault(pk, claimed.get(pk, at))
    return found


@transaction.atomic
def revoke_notice(
    *, notice_id: UUID, reason: str, now: datetime, by: User | None = None, source: str = "system"
) -> Notice:
    """Take back a notice that went out: its link closes, what is still pending stays unsent."""
    return _end(
        lock_notice(notice_id),
        NoticeState.REVOKED,
        action="revoke",
        reason=reason,
        now=now,
        by=by,
        source=source,
    )


@transaction.atomic
def expire_notice(*, notice_id: UUID, now: datetime) -> Notice | None:
    """End a notice whose time to reply is over; None if it was answered or extended meanwhile, or is held."""
    notice = lock_notice(notice_id)
    if notice.state != NoticeState.SENT or notice.reply_by > now or notice.held_at:
        return None
    return _end(notice, NoticeState.EXPIRED, action="expire", reason="", now=now)


@transaction.atomic
def close_notice(*, notice_id: UUID, reason: str, now: datetime, by: User | None = None) -> Notice:
    """The recipient gave the final answer, or ``by`` took it down."""
    return _end(
        lock_notice(notice_id),
        NoticeState.CLOSED,
        action="close",
        reason=reason,
        now=now,
        by=by,
        source="candidate",
    )


def cancel_pending(*, notice: Notice, reason: str, now: datetime) -> None:
    """Cancel deliveries that have not been handed to a provider. The caller holds the notice's lock."""
    planned = Delivery.objects.select_for_update().filter(notice=notice, state=DeliveryState.PLANNED)
    for delivery in planned:
        history.move(delivery, to=DeliveryState.CANCELLED, action="cancel", now=now, reason=reason)


def _end(
    notice: Notice,
    to: NoticeState,
    *,
    action: str,
    reason: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
) -> Notice:
    cancel_pending(notice=notice, reason=action, now=now)
    cancel_follow_ups(notice_id=notice.pk, now=now)
    notice.ended_at, notice.stop_reason, notice.held_at = now, reason[:300], None
    history.move(notice, to=to, action=action, now=now, by=by, source=source, reason=reason)
    return notice
