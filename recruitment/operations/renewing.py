"""What a notice says has changed at its source: unsent, it is written anew; sent, a person is told."""

from datetime import datetime

from branches.models import User
from notifications.enums import NoticeState
from notifications.operations.moves import lock_notice
from notifications.operations.outdated import changed_facts, return_outdated
from recruitment.models import Application, Person
from recruitment.operations.composing import COMPOSE_REFUSALS, renew_notice_of
from recruitment.operations.moves import lock_application
from recruitment.operations.verdicts import (
    OFFERED_STATES,
    RESTARTABLE_STATES,
    decide_anew,
    raise_facts_changed,
)
from recruitment.queries.notices import notice_of
from recruitment.queries.rules import active_rules, facts_of
from recruitment.rules import evaluate


def bring_up_to_date(*, person: Person, now: datetime, by: User | None = None) -> None:
    """Let what is known now, from ``by`` or a machine, reach every open case of a person.

    The caller holds the person's lock.

    A case whose facts let another rule choose is decided anew, as long as nothing was sent.
    """
    for pk in Application.objects.filter(person=person).order_by("pk").values_list("pk", flat=True):
        application = lock_application(pk)
        if not (
            _another_rule(application) and decide_anew(application, reason="facts_changed", now=now, by=by)
        ):
            keep_notice_true(application=application, now=now, by=by)


def keep_notice_true(*, application: Application, now: datetime, by: User | None = None) -> None:
    """Write an unsent notice anew whose facts have changed; raise a task where it was sent.

    A notice whose facts a person changed, or that cannot be written from its texts, goes back to its
    authors with the reasons. The caller holds the locks of person and application.
    """
    current = notice_of(application)
    if current is None or current.state == NoticeState.RETURNED:
        # What its authors have in hand is written from the facts of the moment they save it.
        return
    notice = lock_notice(current.pk)
    reasons = changed_facts([notice]).get(notice.pk)
    if not reasons:
        return
    try:
        renewed = by is None and renew_notice_of(
            application=application, notice=notice, reasons=reasons, now=now
        )
    except COMPOSE_REFUSALS:
        renewed = False
    if not renewed:
        notice = lock_notice(current.pk)
        renewed = return_outdated(notice=notice, reasons=reasons, now=now, by=by)
    if not renewed and application.state in OFFERED_STATES:
        raise_facts_changed(application, detail=", ".join(reasons), now=now)


def _another_rule(application: Application) -> bool:
    """Whether the rules would choose otherwise than they did; what a person chose stands."""
    if application.state not in RESTARTABLE_STATES or application.result is None:
        return False
    before = next((step["rule"] for step in application.trace if step.get("chosen")), None)
    if before != (application.rule.code if application.rule else None):
        return False
    code, _trace = evaluate(active_rules(), facts_of(application))
    return code != before
