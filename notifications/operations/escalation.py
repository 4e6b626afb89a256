"""Due times: a reminder before, the parent branch after. Rows that are polled, never countdowns."""

from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Max, Q, QuerySet, Value
from django.db.models.expressions import CombinedExpression

from branches.models import Branch
from branches.queries import parent_of
from notifications.enums import (
    OPEN_DELIVERY_STATES,
    FollowUpKind,
    FollowUpState,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import FollowUp, FollowUpMove, Notice
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.moves import note_notice

BATCH = 100


class Escalating(Protocol):
    """What has a deadline and a branch."""

    branch: Branch
    escalated_to: Branch | None


def next_branch_up(row: Escalating) -> Branch | None:
    """The parent of whoever is looking at it now; None at the head office."""
    return parent_of(row.escalated_to or row.branch)


@transaction.atomic
def escalate_reviews(*, now: datetime) -> int:
    """Remind of reviews that are due soon, escalate those overdue; returns how many moved."""
    waiting = _lockable(Notice.objects.filter(state__in=[NoticeState.IN_REVIEW, NoticeState.RETURNED]), now)
    moved = 0
    for notice in waiting.select_related("branch", "escalated_to", "review_policy")[:BATCH]:
        policy = notice.review_policy
        if notice.due_at > now:
            if notice.reminded_at is None and notice.due_at <= now + timedelta(
                minutes=policy.remind_minutes_before
            ):
                notice.reminded_at = now
                note_notice(notice=notice, verb="remind", now=now)
                notice.save(update_fields=["reminded_at"])
                moved += 1
            continue
        parent = next_branch_up(notice)
        note_notice(notice=notice, verb="escalate", now=now, reason=parent.code if parent else "")
        notice.escalated_to = parent or notice.escalated_to
        notice.due_at = now + timedelta(minutes=policy.review_minutes)
        notice.save(update_fields=["escalated_to", "due_at"])
        moved += 1
    return moved


@transaction.atomic
def escalate_follow_ups(*, now: datetime) -> int:
    """Remind of follow-ups half-way, escalate those overdue; returns how many moved."""
    overdue = (
        FollowUp.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=FollowUpState.OPEN, due_at__lte=now)
        .select_related("branch", "escalated_to", "notice__review_policy")
        .order_by("due_at")[:BATCH]
    )
    moved = 0
    for follow_up in overdue:
        parent = next_branch_up(follow_up)
        FollowUpMove.objects.create(
            follow_up=follow_up,
            at=now,
            verb="escalate",
            from_state=follow_up.state,
            to_state=follow_up.state,
            reason=parent.code if parent else "",
        )
        minutes = follow_up.notice.review_policy.follow_up_minutes if follow_up.notice else 240
        follow_up.escalated_to = parent or follow_up.escalated_to
        follow_up.due_at = now + timedelta(minutes=minutes)
        follow_up.save(update_fields=["escalated_to", "due_at"])
        moved += 1
    return moved


def escalate_unread(*, now: datetime) -> int:
    """Everything of the plan went out long enough ago and nothing was read: a person takes over."""
    silent = (
        Notice.objects.filter(state=NoticeState.SENT, evidence__lt=NoticeEvidence.READ)
        .annotate(last_accept=Max("deliveries__accepted_at"))
        .filter(last_accept__lt=_moment(now, "review_policy__unread_minutes", sign=-1))
        .exclude(deliveries__state__in=OPEN_DELIVERY_STATES)
        .exclude(follow_ups__kind=FollowUpKind.UNREAD)
        .exclude(follow_ups__state=FollowUpState.OPEN)
        .select_related("recipient", "review_policy")[:BATCH]
    )
    return sum(_ask_a_person(notice, FollowUpKind.UNREAD, now=now) for notice in silent)


def escalate_unanswered(*, now: datetime) -> int:
    """Read, not answered, and the time to reply is over tomorrow: a person asks."""
    waiting = (
        Notice.objects.filter(
            state=NoticeState.SENT, evidence__gte=NoticeEvidence.READ, reply_by__lt=now + timedelta(days=1)
        )
        .exclude(follow_ups__kind=FollowUpKind.NO_REPLY)
        .select_related("recipient", "review_policy")[:BATCH]
    )
    return sum(_ask_a_person(notice, FollowUpKind.NO_REPLY, now=now) for notice in waiting)


def _ask_a_person(notice: Notice, kind: FollowUpKind, *, now: datetime) -> int:
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=kind,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
    )
    return 1


def _lockable(notices: QuerySet[Notice], now: datetime) -> QuerySet[Notice]:
    soon = Q(reminded_at__isnull=True, due_at__lte=_moment(now, "review_policy__remind_minutes_before"))
    return (
        notices.filter(Q(due_at__lte=now) | soon)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("due_at")
    )


def _moment(now: datetime, minutes: str, *, sign: int = 1) -> "ExpressionWrapper[CombinedExpression]":
    """``now`` plus or minus as many minutes as the column says, for a comparison in SQL."""
    span = ExpressionWrapper(F(minutes) * Value(timedelta(minutes=sign)), output_field=DurationField())
    return ExpressionWrapper(Value(now) + span, output_field=DateTimeField())
