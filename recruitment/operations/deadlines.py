"""What time does to applications: departments are reminded and escalated, offers expire."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from hrportal.kernel import history
from hrportal.kernel.sweeps import Sweep
from notifications.enums import NoticeState
from notifications.models import Notice
from notifications.operations.escalation import pass_up
from notifications.operations.stopping import expire_notice
from notifications.operations.transitions import lock_notice
from recruitment.enums import ApplicationState, ClaimRelease, ConfirmationState, ReplyKind
from recruitment.models import Application, Confirmation, Reply
from recruitment.operations.claims import lock_person_of
from recruitment.operations.endings import end_application
from recruitment.operations.offer_terms import HOLD_AHEAD, keep_time_to_answer
from recruitment.operations.transitions import free_application, lock_application

BATCH = 100
A_WORKING_DAY_MINUTES = 480
OFFERS = Sweep("expire_offers", label=_("Closing unanswered offers"), task="recruitment.tasks.expire_offers")
CONFIRMATIONS = Sweep(
    "escalate_confirmations",
    label=_("Reminding departments and escalating confirmations"),
    task="recruitment.tasks.escalate_confirmations",
)


def escalate_confirmations(*, now: datetime) -> int:
    """Remind departments whose answer is due soon, escalate those overdue; returns how many.

    What somebody works on just now is left for the next round.
    """
    escalating, done = CONFIRMATIONS.round(now=now), 0
    overdue = escalating.due(_to_escalate(now).order_by("escalate_at"))
    soon = escalating.due(_to_remind(now).order_by("remind_at"))
    for rows in (overdue, soon):
        for application_id, pk in list(rows.values_list("application_id", "pk")[:BATCH]):
            with escalating.row(pk):
                done += _remind_or_escalate(application_id, pk, now=now)
    return done


def _to_escalate(now: datetime) -> QuerySet[Confirmation]:
    return Confirmation.objects.filter(state=ConfirmationState.OPEN, escalate_at__lte=now)


def _to_remind(now: datetime) -> QuerySet[Confirmation]:
    open_ones = Confirmation.objects.filter(state=ConfirmationState.OPEN, remind_at__lte=now)
    return open_ones.exclude(escalate_at__lte=now)


def _remind_or_escalate(application_id: UUID, pk: int, *, now: datetime) -> bool:
    """Whether it was still due; the application is locked first, as whoever answers does."""
    application = free_application(application_id)
    due = (_to_escalate(now) | _to_remind(now)).select_for_update(skip_locked=True, of=("self",))
    row = due.select_related("escalated_to").filter(pk=pk).first()
    if application is None or row is None:
        return False
    if row.escalate_at is None or row.escalate_at > now:
        row.remind_at, row.reminded_at = None, now
        history.record(application, action="remind", now=now)
    else:
        at, minutes = row.escalated_to or application.branch, _minutes_to_answer(application)
        if parent := pass_up(row, at=at, minutes=minutes, now=now):
            row.remind_at = None
            history.record(application, action="escalate", now=now, reason=parent.code)
    row.save(update_fields=["remind_at", "reminded_at", "escalated_to", "escalate_at"])
    return True


def _minutes_to_answer(application: Application) -> int:
    rule = application.rule
    return rule.review_policy.confirm_minutes if rule else A_WORKING_DAY_MINUTES


def expire_offers(*, now: datetime) -> int:
    """End offers whose time to reply is over; their claims are released. Returns how many were due."""
    expiring = OFFERS.round(now=now)
    late = expiring.due(
        Notice.objects.filter(state=NoticeState.SENT, reply_by__lte=now, held_at=None).order_by("reply_by")
    )
    for application_id, notice_id in _with_open_questions(now).values_list("subject_ref", "pk")[:BATCH]:
        with expiring.row(notice_id):
            _hold_deadline(application_id, notice_id, now=now)
    due = list(late.values_list("subject_ref", "pk")[:BATCH])
    for application_id, notice_id in due:
        with expiring.row(notice_id):
            _expire(application_id, notice_id, now=now)
    return len(due)


def _with_open_questions(now: datetime) -> QuerySet[Notice]:
    """Whose time to reply is nearly over while the bank owes its candidate an answer."""
    asked = Reply.objects.filter(
        application_id=OuterRef("subject_ref"), kind=ReplyKind.QUESTION, answered_at__isnull=True
    )
    return Notice.objects.filter(
        Exists(asked), state=NoticeState.SENT, reply_by__lte=now + HOLD_AHEAD, held_at=None
    ).order_by("reply_by")


def _hold_deadline(application_id: UUID, notice_id: UUID, *, now: datetime) -> None:
    lock_person_of(application_id)
    application = lock_application(application_id)
    keep_time_to_answer(application=application, notice=lock_notice(notice_id), now=now)


def _expire(application_id: UUID, notice_id: UUID, *, now: datetime) -> None:
    lock_person_of(application_id)
    application = lock_application(application_id)
    if expire_notice(notice_id=notice_id, now=now) is None:
        return
    end_application(
        application=application,
        to=ApplicationState.EXPIRED,
        action="expire",
        release=ClaimRelease.EXPIRED,
        now=now,
    )
