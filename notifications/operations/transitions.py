"""Before a notice moves: its lock; beside it: its deadlines and its news."""

from datetime import datetime
from uuid import UUID

from branches.queries.calendar import due_times
from hrportal.kernel.task_wakeups import wake
from notifications.enums import NoticeEventKind
from notifications.models import Notice, NoticeEvent

DISPATCH_TASK = "notifications.tasks.dispatch_due"
EVENTS_TASK = "recruitment.tasks.consume_notice_events"


def lock_notice(pk: UUID) -> Notice:
    """The notice's row, locked for this transaction; raises ``Notice.DoesNotExist``."""
    return (
        Notice.objects.select_for_update(of=("self",))
        .select_related("recipient", "branch", "position", "review_policy")
        .get(pk=pk)
    )


def ask_reviewers(*, notice: Notice, now: datetime) -> None:
    """Give the reviewers the policy's time from now on, and the moment of the reminder before it ends."""
    policy = notice.review_policy
    times = due_times(
        branch_id=notice.branch_id,
        minutes=policy.review_minutes,
        remind_minutes=policy.remind_minutes_before,
        now=now,
    )
    notice.due_at, notice.remind_at, notice.escalate_at = times.due_at, times.remind_at, times.escalate_at
    notice.reminded_at = notice.escalated_to = None


def publish_event(*, notice: Notice, kind: NoticeEventKind, now: datetime) -> None:
    """Append news for the app above, in the transaction of the change."""
    NoticeEvent.objects.create(notice=notice, kind=kind, at=now)
    wake(EVENTS_TASK)
