"""One person, two branches that want them: ask for a release, grant it, refuse it, or head office decides."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from branches.access import log_disclosure
from branches.models import User
from branches.queries.calendar import due_times
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sweeps import Sweep
from notifications.enums import NoticeUpdateKind
from notifications.operations.escalation import pass_up
from notifications.operations.stopping import revoke_notice
from notifications.operations.updates import tell_candidate
from recruitment.enums import ACCEPTED_STATES, ApplicationState, ClaimRelease, ReleaseState
from recruitment.models import Application, Claim, ReleaseRequest
from recruitment.operations.claims import live_claim, lock_person_of
from recruitment.operations.endings import end_application
from recruitment.operations.transitions import (
    free_application,
    lock_application,
)
from recruitment.operations.verdicts import stop_before_sending
from recruitment.queries.notices import notice_of

# Of the asked branch's working time; afterwards its parent sees the request, too.
ANSWER_WITHIN_MINUTES = 480
BATCH = 100
ESCALATE = Sweep(
    "escalate_releases",
    label=_("Escalating release requests"),
    task="recruitment.tasks.escalate_confirmations",
)
ACCEPTED = _("The candidate has accepted the other branch's offer, which cannot be revoked.")
ASKED = _("A release has already been requested. Wait for the answer, or call.")


@transaction.atomic
@bank_wide("a release is between two branches")
def ask_release(*, application_id: UUID, reason: str, now: datetime, by: User) -> ReleaseRequest:
    """Ask the branch that holds the claim to let the person go to this application.

    Raises:
        ReasonMissing: the other branch must be able to weigh it.
        Conflict: the application is not held any more.
        Refused: the candidate has accepted the other branch's offer, or an earlier request is open.
    """
    _require(reason)
    application, claim = _held(application_id)
    if claim.application.state in ACCEPTED_STATES:
        raise Refused(ACCEPTED)
    if application.release_requests.filter(state=ReleaseState.OPEN).exists():
        raise Refused(ASKED)
    asked = claim.application.branch
    times = due_times(branch_id=asked.pk, minutes=ANSWER_WITHIN_MINUTES, now=now)
    request = ReleaseRequest.objects.create(
        claim=claim,
        application=application,
        branch=asked,
        reason=reason.strip(),
        asked_at=now,
        asked_by=by,
        due_at=times.due_at,
        escalate_at=times.escalate_at,
    )
    history.record(application, action="ask_release", now=now, by=by, reason=reason.strip())
    history.record(claim.application, action="release_asked", now=now, by=by)
    # The asked branch learns that another branch wants the person; that, too, is a disclosure.
    log_disclosure(
        user=by,
        action="ask_release",
        subject=f"application:{application.pk}",
        branch=request.branch,
        about=application.pk,
        now=now,
    )
    return request


@transaction.atomic
@bank_wide("a release is between two branches")
def grant_release(*, request_id: UUID, answer: str, now: datetime, by: User) -> ReleaseRequest:
    """Let the person go: what was not sent is stopped, what was sent is taken back, the other branch goes on.

    Raises:
        Conflict: the request was answered, or the claim has ended.
        Refused: the candidate has accepted meanwhile.
    """
    request = _open(request_id)
    successor = lock_application(request.application_id)
    if successor.state != ApplicationState.HELD:
        raise Conflict
    _let_go(
        request.claim.application_id,
        successor=successor,
        release=ClaimRelease.RELEASED,
        reason=request.reason,
        now=now,
        by=by,
    )
    return _answered(request, ReleaseState.GRANTED, answer=answer, now=now, by=by)


@transaction.atomic
@bank_wide("a release is between two branches")
def refuse_release(*, request_id: UUID, answer: str, now: datetime, by: User) -> ReleaseRequest:
    """Keep the person, and say why.

    Raises:
        ReasonMissing: no reason given.
        Conflict: the request was answered, or the claim has ended.
    """
    _require(answer)
    request = _open(request_id)
    history.record(request.application, action="refuse_release", now=now, by=by, reason=answer.strip())
    return _answered(request, ReleaseState.REFUSED, answer=answer, now=now, by=by)


@transaction.atomic
@bank_wide("a release is between two branches")
def override_claim(*, application_id: UUID, reason: str, now: datetime, by: User) -> Application:
    """Head office gives the person to this application, whoever holds the claim.

    Raises:
        ReasonMissing: no reason given.
        Conflict: the application is not held any more.
        Refused: the candidate has accepted the other branch's offer.
    """
    _require(reason)
    application, claim = _held(application_id)
    for request in application.release_requests.select_for_update().filter(state=ReleaseState.OPEN):
        _answered(request, ReleaseState.OVERRIDDEN, answer=reason, now=now, by=by)
    _let_go(
        claim.application_id,
        successor=application,
        release=ClaimRelease.OVERRIDDEN,
        reason=reason.strip(),
        now=now,
        by=by,
    )
    return application


def escalate_releases(*, now: datetime) -> int:
    """Show requests whose time is over to the parent branch as well; returns how many moved.

    What somebody works on just now is left for the next round.
    """
    escalating, moved = ESCALATE.round(now=now), 0
    overdue = escalating.due(_overdue(now).order_by("escalate_at"))
    for holder_id, request_id in list(overdue.values_list("claim__application_id", "pk")[:BATCH]):
        with escalating.row(request_id):
            moved += _escalate(holder_id, request_id, now=now)
    return moved


def _overdue(now: datetime) -> QuerySet[ReleaseRequest]:
    return ReleaseRequest.objects.filter(state=ReleaseState.OPEN, escalate_at__lte=now)


def _escalate(holder_id: UUID, request_id: UUID, *, now: datetime) -> bool:
    """Whether it was still due; the application is locked first, as whoever ends its claim does."""
    holder = free_application(holder_id)
    due = _overdue(now).select_for_update(skip_locked=True, of=("self",))
    request = due.select_related("branch", "escalated_to").filter(pk=request_id).first()
    if holder is None or request is None:
        return False
    at = request.escalated_to or request.branch
    if parent := pass_up(request, at=at, minutes=ANSWER_WITHIN_MINUTES, now=now):
        history.record(holder, action="escalate_release", now=now, reason=parent.code)
    request.save(update_fields=["escalated_to", "escalate_at"])
    return True


def _require(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing


def _held(application_id: UUID) -> tuple[Application, Claim]:
    """The held application and the claim it waits behind; the person is locked."""
    person = lock_person_of(application_id)
    application = lock_application(application_id)
    claim = live_claim(person)
    if application.state != ApplicationState.HELD or claim is None:
        raise Conflict
    return application, claim


def _open(request_id: UUID) -> ReleaseRequest:
    """The open request, locked behind its person."""
    lock_person_of(ReleaseRequest.objects.values_list("application_id", flat=True).get(pk=request_id))
    request = (
        ReleaseRequest.objects.select_for_update(of=("self",))
        .select_related("claim", "application", "branch")
        .get(pk=request_id)
    )
    if request.state != ReleaseState.OPEN:
        raise Conflict
    return request


def _answered(
    request: ReleaseRequest, state: ReleaseState, *, answer: str, now: datetime, by: User
) -> ReleaseRequest:
    request.state, request.answer = state, answer.strip()
    request.answered_at, request.answered_by = now, by
    request.save()
    return request


def _let_go(
    holder_id: UUID, *, successor: Application, release: ClaimRelease, reason: str, now: datetime, by: User
) -> None:
    holder = lock_application(holder_id)
    if holder.state in ACCEPTED_STATES:
        raise Refused(ACCEPTED)
    unsent = stop_before_sending(application=holder, reason=release, now=now, by=by)
    notice = None if unsent else notice_of(holder)
    if notice is not None:
        revoke_notice(notice_id=notice.pk, reason=release, now=now, by=by)
    end_application(
        application=holder,
        to=ApplicationState.STOPPED,
        action="release",
        release=release,
        now=now,
        by=by,
        reason=reason,
        successor=successor,
    )
    if notice is not None:
        tell_candidate(notice=notice, kind=NoticeUpdateKind.RELEASED, now=now)
