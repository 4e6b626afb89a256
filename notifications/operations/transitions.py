"""Moving notices and deliveries, always with their history row and their news."""

from datetime import datetime, timedelta
from uuid import UUID

from branches.models import User
from hrportal.kernel.task_wakeups import wake
from notifications.enums import DeliveryState, NoticeEventKind, NoticeState
from notifications.models import Delivery, DeliveryTransition, Notice, NoticeEvent, NoticeTransition

DISPATCH_TASK = "notifications.tasks.dispatch_due"
EVENTS_TASK = "recruitment.tasks.consume_notice_events"


def lock_notice(pk: UUID) -> Notice:
    """The notice's row, locked for this transaction; raises ``Notice.DoesNotExist``."""
    return (
        Notice.objects.select_for_update(of=("self",))
        .select_related("recipient", "branch", "position", "review_policy")
        .get(pk=pk)
    )


def transition_notice(
    *,
    notice: Notice,
    to: NoticeState,
    action: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    reason: str = "",
) -> None:
    """Write the new state and its history. The caller holds the row's lock."""
    record_notice_action(notice=notice, action=action, now=now, by=by, source=source, reason=reason, to=to)
    notice.state = to
    notice.save()


def record_notice_action(
    *,
    notice: Notice,
    action: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    reason: str = "",
    to: str = "",
) -> None:
    """Add a history row; without ``to`` the state stays."""
    NoticeTransition.objects.create(
        notice=notice,
        at=now,
        actor=by,
        source="person" if by else source,
        action=action,
        from_state=notice.state,
        to_state=to or notice.state,
        reason=reason,
    )


def transition_delivery(
    *,
    delivery: Delivery,
    to: DeliveryState,
    action: str,
    now: datetime,
    by: User | None = None,
    reason: str = "",
) -> None:
    """Write the new state and its history. The caller holds the row's lock."""
    DeliveryTransition.objects.create(
        delivery=delivery,
        at=now,
        actor=by,
        source="person" if by else "system",
        action=action,
        from_state=delivery.state,
        to_state=to,
        reason=reason,
    )
    delivery.state = to
    if to in (DeliveryState.FAILED, DeliveryState.CANCELLED, DeliveryState.SKIPPED):
        delivery.ended_at = now
    if to == DeliveryState.UNKNOWN:
        delivery.check_at = now
    elif to != DeliveryState.ACCEPTED:
        delivery.check_at = None
    delivery.save()


def claim_deliveries(*, deliveries: list[Delivery], now: datetime) -> None:
    """Mark a whole batch "sending" with its history, in two statements. The caller holds the locks."""
    DeliveryTransition.objects.bulk_create(
        DeliveryTransition(
            delivery=delivery,
            at=now,
            action="claim",
            from_state=delivery.state,
            to_state=DeliveryState.SENDING,
        )
        for delivery in deliveries
    )
    for delivery in deliveries:
        delivery.state = DeliveryState.SENDING
    Delivery.objects.bulk_update(deliveries, ["state", "provider", "address", "claimed_at"])


def ask_reviewers(*, notice: Notice, now: datetime) -> None:
    """Give the reviewers the policy's time from now on, and the moment of the reminder before it ends."""
    policy = notice.review_policy
    notice.due_at = now + timedelta(minutes=policy.review_minutes)
    notice.remind_at = notice.due_at - timedelta(minutes=policy.remind_minutes_before)
    notice.reminded_at = notice.escalated_to = None


def publish_event(*, notice: Notice, kind: NoticeEventKind, now: datetime) -> None:
    """Append news for the app above, in the transaction of the change."""
    NoticeEvent.objects.create(notice=notice, kind=kind, at=now)
    wake(EVENTS_TASK)
