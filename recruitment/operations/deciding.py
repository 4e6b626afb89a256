"""Deciding passed applications: claim the person, let the rules choose, ask the department."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict
from hrportal.kernel.sweeps import Sweep
from notifications.dates import earliest_first_day
from notifications.models import ReviewPolicy
from recruitment.enums import ApplicationState, ClaimRelease, ConfirmationState
from recruitment.models import Application, Confirmation, NoticeRule
from recruitment.operations.claims import (
    DECIDE_TASK,
    live_claim,
    lock_person,
    lock_person_of,
    make_claim,
    next_in_line,
    release_claim,
)
from recruitment.operations.transitions import lock_application
from recruitment.queries.rules import active_rules, facts_of
from recruitment.rules import evaluate

SATURDAY = 5
DECIDE = Sweep("decide", label=_("Matching passed candidates to rules"), task=DECIDE_TASK)


def decide_waiting(*, now: datetime, limit: int = 50) -> int:
    """Decide up to ``limit`` persons with undecided passes; returns how many."""
    deciding = DECIDE.round(now=now)
    undecided = Application.objects.filter(state=ApplicationState.TO_DECIDE).order_by("state_at")
    people = list(deciding.due(undecided, key="person_id").values_list("person_id", flat=True)[:limit])
    for person_id in dict.fromkeys(people):
        with deciding.row(person_id):
            decide_person(person_id=person_id, now=now)
    return len(people)


@transaction.atomic
def decide_person(*, person_id: UUID, now: datetime) -> None:
    """Settle all undecided passes of one person: one goes on, the others wait behind it."""
    person = lock_person(person_id)
    undecided = Application.objects.filter(person=person, state=ApplicationState.TO_DECIDE)
    claim = live_claim(person)
    winner = next_in_line(undecided) if claim is None else undecided.filter(claims=claim).first()
    if winner is not None:
        winner = lock_application(winner.pk)
        if claim is None:
            make_claim(application=winner, now=now)
        apply_rules(application=winner, now=now)
    # The winner has moved on, so what is still undecided waits behind it.
    for other in undecided:
        history.move(other, to=ApplicationState.HELD, action="hold", now=now)


def apply_rules(*, application: Application, now: datetime, by: User | None = None) -> None:
    """Let the rules choose; none matching puts the application into HR's queue, never nowhere."""
    code, trace = evaluate(active_rules(), facts_of(application))
    application.trace = trace
    if code is None:
        application.rule = None
        if application.state != ApplicationState.NO_RULE:
            history.move(application, to=ApplicationState.NO_RULE, action="decide", now=now, by=by)
        return
    rule = NoticeRule.objects.select_related("review_policy").get(code=code)
    _ask_department(application=application, rule=rule, now=now, by=by, reason=code)


@transaction.atomic
def retry_rules(*, application_id: UUID, now: datetime, by: User) -> Application:
    """Apply the present rules again to an application that none matched.

    Raises:
        Conflict: the application is not in the no-rule queue any more.
    """
    application = _lock_no_rule(application_id)
    apply_rules(application=application, now=now, by=by)
    return application


@transaction.atomic
def assign_rule(
    *, application_id: UUID, rule: NoticeRule, reason: str, now: datetime, by: User
) -> Application:
    """A person chooses the rule that none of the conditions chose, and says why; another approves the notice.

    Raises:
        Conflict: the application is not in the no-rule queue any more.
    """
    application = _lock_no_rule(application_id)
    _ask_department(application=application, rule=rule, now=now, by=by, reason=reason, action="assign_rule")
    return application


@transaction.atomic
def stop_without_notice(*, application_id: UUID, reason: str, now: datetime, by: User) -> Application:
    """End a no-rule application with a written reason; the next held one goes on.

    Raises:
        Conflict: the application is not in the no-rule queue any more.
    """
    lock_person_of(application_id)
    application = _lock_no_rule(application_id)
    history.move(application, to=ApplicationState.STOPPED, action="stop", now=now, by=by, reason=reason)
    release_claim(application=application, release=ClaimRelease.STOPPED, now=now, by=by)
    return application


def _lock_no_rule(application_id: UUID) -> Application:
    application = lock_application(application_id)
    if application.state != ApplicationState.NO_RULE:
        raise Conflict(_("This candidate has already been handled by someone else."))
    return application


def _ask_department(
    *,
    application: Application,
    rule: NoticeRule,
    now: datetime,
    by: User | None,
    reason: str,
    action: str = "decide",
) -> None:
    application.rule = rule
    proposed = timezone.localdate(now) + timedelta(days=rule.onboarding_days)
    earliest = earliest_first_day(now=now, min_reply_hours=rule.review_policy.min_reply_hours)
    application.onboarding_on = first_workday(max(proposed, earliest))
    open_confirmation(application=application, policy=rule.review_policy, now=now)
    history.move(application, to=ApplicationState.CONFIRMING, action=action, now=now, by=by, reason=reason)


def open_confirmation(*, application: Application, policy: ReviewPolicy, now: datetime) -> Confirmation:
    """Ask the hiring department, with the date that the rule proposes."""
    if application.onboarding_on is None:
        raise ValueError("Only a decided application has an onboarding date.")
    return Confirmation.objects.create(
        application=application,
        state=ConfirmationState.OPEN,
        proposed_on=application.onboarding_on,
        opened_at=now,
        due_at=now + timedelta(minutes=policy.confirm_minutes),
        remind_at=now + timedelta(minutes=policy.confirm_minutes - policy.remind_minutes_before),
    )


def first_workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day if day.weekday() < SATURDAY else day + timedelta(days=7 - day.weekday())
