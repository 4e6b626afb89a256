"""Deciding passed applications: claim the person, let the rules choose, ask the department."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import User
from branches.queries.calendar import calendar_of
from hrportal.kernel import bulk, history
from hrportal.kernel.refusals import Conflict
from hrportal.kernel.sweeps import Sweep, in_halves
from recruitment.decisions import Decision, Question, ask, settle
from recruitment.enums import ApplicationState, ClaimRelease, ConfirmationState
from recruitment.models import Application, Claim, Confirmation, NoticeRule
from recruitment.operations.claims import (
    DECIDE_TASK,
    live_claims,
    lock_people,
    lock_person,
    lock_person_of,
    release_claim,
)
from recruitment.operations.transitions import lock_application
from recruitment.queries.rules import active_rules, facts_of, rule_book, terms_of, undecided_passes
from recruitment.rules import evaluate

BATCH = 100
DECIDE = Sweep("decide", label=_("Matching passed candidates to rules"), task=DECIDE_TASK)


def decide_waiting(*, now: datetime, limit: int = BATCH) -> int:
    """Decide up to ``limit`` undecided passes and all others of their people; returns how many people.

    What another transaction has in hand is left to it. A person who cannot be decided is set aside, and
    costs nobody else anything.
    """
    deciding = DECIDE.round(now=now)
    undecided = Application.objects.filter(state=ApplicationState.TO_DECIDE)
    due = deciding.due(undecided, key="person_id").order_by("state_at", "pk")
    with transaction.atomic():
        waiting = due.select_for_update(of=("self",), skip_locked=True).values_list("person_id", flat=True)
        wanted = set(waiting[:limit])
        people = lock_people(wanted)
        failed = in_halves(people, lambda some: decide_people(person_ids=some, now=now))
        for person_id, error in failed:
            deciding.set_aside(person_id, error)
    deciding.forget(set(people) - {person_id for person_id, _error in failed})
    return len(people)


@transaction.atomic
def decide_person(*, person_id: UUID, now: datetime) -> None:
    """Settle all undecided passes of one person: one goes on, the others wait behind it."""
    decide_people(person_ids=[lock_person(person_id).pk], now=now)


def decide_people(*, person_ids: Sequence[UUID], now: datetime) -> None:
    """Settle all undecided passes of these people. The caller holds the locks of the people."""
    undecided = Application.objects.filter(person__in=person_ids, state=ApplicationState.TO_DECIDE)
    list(undecided.order_by("pk").select_for_update().values_list("pk", flat=True))
    decisions = settle(
        undecided_passes(person_ids), claims=live_claims(person_ids), book=rule_book(), now=now
    )
    if decisions:
        _write(decisions, now=now)


def _write(decisions: Sequence[Decision], *, now: datetime) -> None:
    """Claims, applications, questions to departments, and the history of all: five statements."""
    bulk.insert(
        Claim,
        [
            {"person_id": one.person_id, "application_id": one.application_id, "made_at": now}
            for one in decisions
            if one.claims
        ],
    )
    held = {one.application_id for one in decisions if one.state == ApplicationState.HELD}
    bulk.update(Application, {key: {"state": ApplicationState.HELD, "state_at": now} for key in held})
    bulk.update(
        Application,
        {
            one.application_id: {
                "state": one.state,
                "state_at": now,
                "trace": one.trace,
                "rule_id": one.terms.rule_id if one.terms else None,
                "onboarding_on": one.question.onboarding_on if one.question else None,
            }
            for one in decisions
            if one.application_id not in held
        },
    )
    bulk.insert(
        Confirmation,
        [_confirmation(one.application_id, one.question, now=now) for one in decisions if one.question],
    )
    history.write(Application, [row for one in decisions for row in _history(one, now=now)])


def _history(one: Decision, *, now: datetime) -> Iterator[bulk.Row]:
    application_id, was = one.application_id, ApplicationState.TO_DECIDE
    if one.claims:
        yield history.entry(application_id, action="claim", now=now, was=was, to=was)
    if one.state == ApplicationState.HELD:
        yield history.entry(application_id, action="hold", now=now, was=was, to=one.state)
    else:
        yield history.entry(application_id, action="decide", now=now, was=was, to=one.state, reason=one.code)


def _confirmation(application_id: UUID, question: Question, *, now: datetime) -> bulk.Row:
    return {
        "application_id": application_id,
        "state": ConfirmationState.OPEN,
        "proposed_on": question.onboarding_on,
        "opened_at": now,
        "due_at": question.due_at,
        "remind_at": question.remind_at,
        "escalate_at": question.escalate_at,
    }


@transaction.atomic
def retry_rules(*, application_id: UUID, now: datetime, by: User) -> Application:
    """Apply the present rules again to an application that none matched.

    Raises:
        Conflict: the application is not in the no-rule queue any more.
    """
    application = _lock_no_rule(application_id)
    code, application.trace = evaluate(active_rules(), facts_of(application))
    if code is None:
        application.save(update_fields=["trace"])
        return application
    rule = NoticeRule.objects.select_related("review_policy").get(code=code)
    _ask_department(application=application, rule=rule, now=now, by=by, reason=code)
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
    by: User,
    reason: str,
    action: str = "decide",
) -> None:
    """Ask the hiring department, with the date that the rule proposes."""
    question = ask(terms_of(rule), calendar=calendar_of(application.branch_id), now=now)
    application.rule, application.onboarding_on = rule, question.onboarding_on
    bulk.insert(Confirmation, [_confirmation(application.pk, question, now=now)])
    history.move(application, to=ApplicationState.CONFIRMING, action=action, now=now, by=by, reason=reason)
