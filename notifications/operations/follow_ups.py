"""Follow-ups: what a person must do because no channel could."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, User
from branches.queries.calendar import due_times
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict
from notifications.enums import FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.models import FollowUp

# They ask whether the candidate was reached; a read or a reply answers that.
ENDED = _("This follow-up or its notice has already ended.")
REACHING_KINDS = (
    FollowUpKind.SMS_FAILED,
    FollowUpKind.NO_RECEIPT,
    FollowUpKind.NO_CHANNEL,
    FollowUpKind.UNREAD,
    FollowUpKind.UNKNOWN_SEND,
)


def open_follow_up(
    *,
    branch_id: int,
    subject_ref: UUID,
    label: str,
    kind: FollowUpKind,
    now: datetime,
    minutes: int,
    notice_id: UUID | None = None,
    delivery_id: UUID | None = None,
    detail: str = "",
) -> FollowUp:
    """Open a task due in ``minutes`` of working time; an open one of the same kind and subject is returned instead."""
    times = due_times(branch_id=branch_id, minutes=minutes, now=now)
    with transaction.atomic():
        follow_up, is_new = FollowUp.objects.get_or_create(
            subject_ref=subject_ref,
            kind=kind,
            state=FollowUpState.OPEN,
            defaults={
                "branch_id": branch_id,
                "notice_id": notice_id,
                "delivery_id": delivery_id,
                "label": label,
                "detail": detail,
                "opened_at": now,
                "due_at": times.due_at,
                "escalate_at": times.escalate_at,
            },
        )
        if is_new:
            history.record(follow_up, action="open", now=now, was="", reason=kind)
    return follow_up


def extend_follow_up(*, follow_up: FollowUp, detail: str, now: datetime) -> None:
    """Add to an open task what came after it was opened; what it says already is not said twice."""
    if detail in follow_up.detail:
        return
    follow_up.detail = f"{follow_up.detail}, {detail}"[:500]
    follow_up.save(update_fields=["detail"])
    history.record(follow_up, action="extend", now=now, reason=detail)


def move_follow_ups(*, subject_ref: UUID, branch: Branch, reason: str, now: datetime) -> None:
    """Give a subject's open tasks to the branch it went to; where they were escalated, they no longer belong."""
    tasks = FollowUp.objects.select_for_update(of=("self",)).filter(
        subject_ref=subject_ref, state=FollowUpState.OPEN
    )
    for task in tasks:
        task.branch, task.escalated_to, task.escalate_at = branch, None, task.due_at
        task.save(update_fields=["branch", "escalated_to", "escalate_at"])
        history.record(task, action="relocate", now=now, reason=reason)


@transaction.atomic
def complete_follow_up(
    *, follow_up_id: UUID, outcome: FollowUpOutcome, note: str, now: datetime, by: User | None
) -> FollowUp:
    """Finish a task with its outcome and a note.

    Raises:
        Conflict: it is finished already.
    """
    follow_up = FollowUp.objects.select_for_update().get(pk=follow_up_id)
    if follow_up.state != FollowUpState.OPEN:
        raise Conflict(ENDED)
    _finish(follow_up, outcome, note=note, now=now, by=by)
    return follow_up


def resolve_reaching_follow_ups(*, notice_ids: Collection[UUID], now: datetime) -> None:
    """The candidates read or replied: nobody needs to chase them any more."""
    _finish_all(notice_ids, FollowUpOutcome.RESOLVED_ITSELF, kinds=REACHING_KINDS, now=now)


def cancel_follow_ups(*, notice_id: UUID, now: datetime) -> None:
    """The notice ended: chasing an answer to it is pointless."""
    _finish_all(
        [notice_id], FollowUpOutcome.CANCELLED, kinds=(*REACHING_KINDS, FollowUpKind.NO_REPLY), now=now
    )


def end_follow_ups(*, subject_ref: UUID, now: datetime, but: Collection[FollowUpKind] = ()) -> None:
    """What they were about has ended: nobody needs to do anything about it any more."""
    open_ones = FollowUp.objects.select_for_update().filter(subject_ref=subject_ref, state=FollowUpState.OPEN)
    for follow_up in open_ones.exclude(kind__in=but):
        _finish(follow_up, FollowUpOutcome.CANCELLED, note="", now=now, by=None)


@transaction.atomic
def set_call_priorities(*, call_priority: Mapping[UUID, int | None]) -> int:
    """Order open follow-ups within their day; returns how many moved.

    One that somebody works on just now keeps its place until the next time. What has ended keeps its
    last number, which nothing reads.
    """
    rows = FollowUp.objects.select_for_update(skip_locked=True).filter(
        pk__in=call_priority, state=FollowUpState.OPEN
    )
    moved = [row for row in rows.order_by("pk") if row.call_priority != call_priority[row.pk]]
    for row in moved:
        row.call_priority = call_priority[row.pk]
    FollowUp.objects.bulk_update(moved, ["call_priority"])
    return len(moved)


def _finish_all(
    notice_ids: Collection[UUID], outcome: FollowUpOutcome, *, kinds: tuple[FollowUpKind, ...], now: datetime
) -> None:
    open_ones = (
        FollowUp.objects.select_for_update()
        .filter(notice_id__in=notice_ids, state=FollowUpState.OPEN, kind__in=kinds)
        .order_by("pk")
    )
    for follow_up in open_ones:
        _finish(follow_up, outcome, note="", now=now, by=None)


def _finish(
    follow_up: FollowUp, outcome: FollowUpOutcome, *, note: str, now: datetime, by: User | None
) -> None:
    follow_up.outcome, follow_up.note, follow_up.done_at, follow_up.done_by = outcome, note, now, by
    history.move(follow_up, to=FollowUpState.DONE, action="complete", now=now, by=by, reason=outcome)
