"""Due times: a reminder before, the parent branch after. Rows that are polled, never countdowns."""

from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from branches.queries import parent_of
from branches.queries.calendar import due_times, resting_until
from hrportal.kernel import history
from hrportal.kernel.sweeps import Sweep
from notifications.enums import (
    OPEN_DELIVERY_STATES,
    REVIEWED_NOTICE_STATES,
    FollowUpKind,
    FollowUpState,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Delivery, FollowUp, Notice
from notifications.operations.follow_ups import open_follow_up

BATCH = 100
TASK = "notifications.tasks.escalate_follow_ups"
REVIEWS = Sweep(
    "escalate_reviews",
    label=_("Reminding reviewers and escalating reviews"),
    task="notifications.tasks.escalate_reviews",
)
FOLLOW_UPS = Sweep("escalate_follow_ups", label=_("Escalating follow-ups"), task=TASK)
SILENCE = Sweep("escalate_silence", label=_("Creating follow-ups for unanswered notices"), task=TASK)


class Escalating(Protocol):
    """What is passed up until somebody acts."""

    escalated_to: Branch | None
    escalate_at: datetime | None


def pass_up(row: Escalating, *, at: Branch, minutes: int, now: datetime) -> Branch | None:
    """Pass a row up by one level, with its first due time; the branch above, None if there is none or it rests.

    ``at`` is the branch where it is now. Outside its working time the row stays until work begins again.
    Above, people have ``minutes`` of their working time before it goes on; at the head office it stays.
    """
    if (again := resting_until(at.pk, now=now)) is not None:
        row.escalate_at = again
        return None
    parent = parent_of(at)
    row.escalated_to = parent or row.escalated_to
    row.escalate_at = None
    if parent is not None and parent.depth > 1:
        row.escalate_at = due_times(branch_id=parent.pk, minutes=minutes, now=now).escalate_at
    return parent


@transaction.atomic
def escalate_reviews(*, now: datetime) -> int:
    """Remind of reviews that are due soon, escalate those overdue; returns how many were due."""
    escalating = REVIEWS.round(now=now)
    waiting = Notice.objects.filter(state__in=REVIEWED_NOTICE_STATES)
    due = [
        *_locked(escalating.due(waiting.filter(escalate_at__lte=now).order_by("escalate_at"))),
        *_locked(
            escalating.due(
                waiting.filter(remind_at__lte=now).exclude(escalate_at__lte=now).order_by("remind_at")
            )
        ),
    ]
    for notice in due:
        with escalating.row(notice.pk):
            _remind_or_escalate(notice, now=now)
    return len(due)


def _locked(notices: QuerySet[Notice]) -> QuerySet[Notice]:
    rows = notices.select_for_update(skip_locked=True, of=("self",))
    return rows.select_related("branch", "escalated_to", "review_policy")[:BATCH]


def _remind_or_escalate(notice: Notice, *, now: datetime) -> None:
    if notice.escalate_at is None or notice.escalate_at > now:
        notice.remind_at, notice.reminded_at = None, now
        history.record(notice, action="remind", now=now)
    else:
        at, minutes = notice.escalated_to or notice.branch, notice.review_policy.review_minutes
        if parent := pass_up(notice, at=at, minutes=minutes, now=now):
            notice.remind_at = None
            history.record(notice, action="escalate", now=now, reason=parent.code)
    notice.save(update_fields=["reminded_at", "remind_at", "escalated_to", "escalate_at"])


@transaction.atomic
def escalate_follow_ups(*, now: datetime) -> int:
    """Escalate follow-ups that are overdue; returns how many were."""
    escalating = FOLLOW_UPS.round(now=now)
    overdue = list(
        escalating.due(FollowUp.objects.filter(state=FollowUpState.OPEN, escalate_at__lte=now))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("branch", "escalated_to", "notice__review_policy")
        .order_by("escalate_at")[:BATCH]
    )
    for follow_up in overdue:
        with escalating.row(follow_up.pk):
            _escalate(follow_up, now=now)
    return len(overdue)


def _escalate(follow_up: FollowUp, *, now: datetime) -> None:
    minutes = follow_up.notice.review_policy.follow_up_minutes if follow_up.notice else 240
    at = follow_up.escalated_to or follow_up.branch
    if parent := pass_up(follow_up, at=at, minutes=minutes, now=now):
        history.record(follow_up, action="escalate", now=now, reason=parent.code)
    follow_up.save(update_fields=["escalated_to", "escalate_at"])


@transaction.atomic
def escalate_silence(*, now: datetime) -> int:
    """Have a person chase what was sent and not read, or read and not answered; returns how many were due.

    Each is asked once for each notice. What is still being sent or followed up comes up again later.
    """
    chasing = SILENCE.round(now=now)
    silent = list(
        chasing.due(Notice.objects.filter(state=NoticeState.SENT, chase_at__lte=now, held_at=None))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("recipient", "review_policy")
        .order_by("chase_at")[:BATCH]
    )
    for notice in silent:
        with chasing.row(notice.pk):
            notice.chase_at = _chase(notice, now=now)
            notice.save(update_fields=["chase_at"])
    return len(silent)


def _chase(notice: Notice, *, now: datetime) -> datetime | None:
    """Open the follow-up that is missing; when the notice is looked at again, None for never."""
    was_read = notice.evidence >= NoticeEvidence.READ
    kind = FollowUpKind.NO_REPLY if was_read else FollowUpKind.UNREAD
    tasks = FollowUp.objects.filter(notice=notice)
    if tasks.filter(kind=kind).exists():
        return None
    if not was_read:
        patience = timedelta(minutes=notice.review_policy.unread_minutes)
        under_way = Delivery.objects.filter(notice=notice, state__in=OPEN_DELIVERY_STATES)
        last: datetime | None = under_way.aggregate(last=Max("due_at"))["last"]
        if last:
            return max(last, now) + patience
        if tasks.filter(state=FollowUpState.OPEN).exists():
            return now + patience
    _ask_a_person(notice, kind, now=now)
    return None


def _ask_a_person(notice: Notice, kind: FollowUpKind, *, now: datetime) -> None:
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=kind,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
    )
