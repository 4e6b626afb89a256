"""What a notice says has changed at its source: unsent, it is written anew; sent, a person is told."""

import json
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel.sweeps import Sweep
from notifications.enums import NoticeState
from notifications.models import Notice
from notifications.operations.outdated import UNSENT_NOTICE_STATES, changed_facts, return_outdated
from notifications.operations.transitions import lock_notice
from notifications.rendering.findings import NoticeImpossible
from recruitment.context import notice_facts
from recruitment.enums import Verdict
from recruitment.models import Application, Person
from recruitment.operations.claims import lock_person_of
from recruitment.operations.composing import renew_notice_of
from recruitment.operations.transitions import lock_application
from recruitment.operations.verdicts import (
    OFFERED_STATES,
    RESTARTABLE_STATES,
    decide_anew,
    raise_facts_changed,
)
from recruitment.queries.notices import notice_of
from recruitment.queries.offers import knows_first_day
from recruitment.queries.rules import active_rules, facts_of
from recruitment.rules import evaluate

KEEP_TRUE = Sweep(
    "keep_true",
    label=_("Checking notices for outdated content"),
    task="recruitment.tasks.keep_notices_true",
)
PAGE = 500


def keep_notices_true(*, now: datetime) -> int:
    """Compare every notice that somebody relies on with what is known now; returns how many differed.

    A branch, a position or a target is changed far away from the notices that name it, so no change
    tells of itself. Notices are read in pages, with a handful of statements for each.
    """
    relied_on = Notice.objects.filter(
        Q(state__in=[NoticeState.IN_REVIEW, NoticeState.APPROVED, NoticeState.SENT])
        | Q(state=NoticeState.CLOSED, onboarding_on__gte=timezone.localdate(now))
    ).select_related("recipient")
    sweep, differing, after = KEEP_TRUE.round(now=now), 0, UUID(int=0)
    while page := list(sweep.due(relied_on).filter(pk__gt=after).order_by("pk").defer("bodies")[:PAGE]):
        after = page[-1].pk
        changed = changed_facts(page)
        differing += len(changed)
        for notice in page:
            if notice.pk in changed:
                with sweep.row(notice.pk):
                    _keep_true(notice.subject_ref, now=now)
    return differing


@transaction.atomic
def _keep_true(application_id: UUID, *, now: datetime) -> None:
    lock_person_of(application_id)
    keep_notice_true(application=lock_application(application_id), now=now)


def bring_up_to_date(
    *, person: Person, now: datetime, by: User | None = None, but: Application | None = None
) -> None:
    """Let what is known now, from ``by`` or a machine, reach every case of a person, except ``but``.

    A case whose facts let another rule choose is decided anew, as long as nothing was sent. The
    caller holds the person's lock.
    """
    cases = Application.objects.filter(person=person, state__in=[*OFFERED_STATES, *RESTARTABLE_STATES])
    if but is not None:
        cases = cases.exclude(pk=but.pk)
    for pk in cases.order_by("pk").values_list("pk", flat=True):
        application = lock_application(pk)
        if not (
            _another_rule(application)
            and decide_anew(application=application, reason="facts_changed", now=now, by=by)
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
    reasons = changed_facts([notice]).get(notice.pk, [])
    if knows_first_day(notice, application.onboarding_on):
        reasons = [reason for reason in reasons if reason != "onboarding_changed"]
    if not reasons:
        return
    renewed = notice.state in UNSENT_NOTICE_STATES and _renew(
        application, notice, reasons=reasons, now=now, by=by
    )
    if not renewed and application.state in OFFERED_STATES and not _is_reversed(application):
        _raise_follow_up(application, notice, reasons, now=now)


def _renew(
    application: Application, notice: Notice, *, reasons: list[str], now: datetime, by: User | None
) -> bool:
    """Whether it was written anew or went back to its authors; False if a provider may have it."""
    try:
        if by is None and renew_notice_of(application=application, notice=notice, reasons=reasons, now=now):
            return True
    except NoticeImpossible:
        pass
    return return_outdated(notice=lock_notice(notice.pk), reasons=reasons, now=now, by=by)


def _is_reversed(application: Application) -> bool:
    """Whether a person is asked already what becomes of an offer that is no pass any more."""
    return application.result is not None and application.result.verdict == Verdict.FAIL


def _raise_follow_up(application: Application, notice: Notice, reasons: list[str], *, now: datetime) -> None:
    # Whoever has dealt with it is asked again only about what differs in another way.
    facts = notice_facts([(application, notice.language)])[0] | {
        "language": application.person.recipient.language
    }
    digest = sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    if notice.facts_hash != digest:
        notice.facts_hash = digest
        notice.save(update_fields=["facts_hash"])
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
