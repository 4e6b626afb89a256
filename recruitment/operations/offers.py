"""A way back for an offer that was sent: revoke it, uphold it, withdraw its acceptance, record an absence."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.access import Permission
from branches.enums import ApprovalKind
from branches.models import ApprovalRequest, User
from branches.operations.approvals import Act, Facts, ask_approval
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from notifications.enums import FollowUpOutcome, NoticeUpdateKind
from notifications.models import Notice
from notifications.operations.continuing import hold_notice, may_be_known, resume_notice
from notifications.operations.follow_ups import complete_follow_up
from notifications.operations.stopping import revoke_notice
from notifications.operations.updates import tell_candidate
from recruitment.enums import ACCEPTED_STATES, ApplicationState, ClaimRelease
from recruitment.models import Application
from recruitment.operations.claims import lock_person_of
from recruitment.operations.endings import end_application
from recruitment.operations.transitions import lock_application
from recruitment.operations.verdicts import OFFERED_STATES
from recruitment.queries.notices import notice_of
from recruitment.queries.offers import (
    is_at_work,
    reversal_tasks,
    revocation_subject,
    revocation_waits,
)

AT_WORK = _("The first day of work has been recorded. The offer can no longer be changed here.")
NOT_YET = _("The first day has not come yet.")
NOT_SENT = _("The candidate has no offer that could be changed. Reload the page.")
UNDER_REVOCATION = _("A revocation is pending approval. Decide about it or withdraw it first, see Approvals.")


class RevocationAct(Act):
    """Revoking what a candidate was promised takes two people; nothing of it leaves meanwhile."""

    permission = Permission.CHANGE_OFFER

    def facts(self, request: ApprovalRequest) -> Facts:
        """Whose offer it is and how far it has come."""
        application = Application.objects.select_related("person", "position", "branch").get(
            pk=request.content["application"]
        )
        return [
            (_("Candidate"), application.person.name),
            (_("Position"), f"{application.branch} · {application.position}"),
            (_("State"), application.get_state_display()),
        ]

    def carry_out(self, request: ApprovalRequest, *, now: datetime, by: User | None) -> None:
        """Revoke the offer; raises ``Conflict`` where it has ended by itself."""
        revoke_offer(
            application_id=UUID(request.content["application"]), reason=request.reason, now=now, by=by
        )

    def revert(self, request: ApprovalRequest, *, now: datetime, by: User) -> None:
        """The offer stands: what was held goes on, unless a person still has to decide about its result."""
        lock_person_of(UUID(request.content["application"]))
        application = lock_application(UUID(request.content["application"]))
        history.record(application, action="keep_offer", now=now, by=by, reason=request.answer)
        notice = notice_of(application)
        if notice is not None and not reversal_tasks(application):
            resume_notice(notice_id=notice.pk, reason="revocation", now=now, by=by)


REVOCATION = RevocationAct()


@transaction.atomic
def ask_revocation(*, application_id: UUID, reason: str, now: datetime, by: User) -> ApprovalRequest:
    """Put the revocation of a sent offer before a second person; what is pending of it is held at once.

    Raises:
        ReasonMissing: no reason given.
        Refused: nothing was sent or it has ended, the person is at work, or the same waits already.
    """
    _require(reason)
    application, notice = lock_offer(application_id)
    require_not_at_work(application)
    request = ask_approval(
        kind=ApprovalKind.REVOCATION,
        subject=revocation_subject(application),
        branch=application.branch,
        content={"application": str(application.pk)},
        reason=reason.strip(),
        now=now,
        by=by,
    )
    hold_notice(notice_id=notice.pk, reason="revocation", now=now, by=by)
    history.record(application, action="ask_revocation", now=now, by=by, reason=reason.strip())
    return request


@transaction.atomic
def revoke_offer(*, application_id: UUID, reason: str, now: datetime, by: User | None) -> Application:
    """End a sent offer: the candidate is told, preparations stop, the next in line goes on.

    Raises:
        Refused: it has ended by itself, or the person is at work.
    """
    application, notice = lock_offer(application_id)
    require_not_at_work(application)
    revoke_notice(notice_id=notice.pk, reason=ClaimRelease.REVOKED, now=now, by=by)
    end_application(
        application=application,
        to=ApplicationState.REVOKED,
        action="revoke_offer",
        release=ClaimRelease.REVOKED,
        now=now,
        by=by,
        reason=reason,
    )
    tell_candidate(notice=notice, kind=NoticeUpdateKind.REVOKED, now=now)
    return application


@transaction.atomic
def uphold_offer(*, application_id: UUID, reason: str, now: datetime, by: User) -> Application:
    """Keep an offer although its interview result was reversed; what was held goes on.

    The candidate has until the end of the next day at least.

    Raises:
        ReasonMissing: no reason given.
        Conflict: nobody is asked about it any more.
        Refused: its revocation waits for a second person.
    """
    _require(reason)
    application, notice = lock_offer(application_id)
    tasks = reversal_tasks(application)
    if not tasks:
        raise Conflict
    if revocation_waits(application):
        raise Refused(UNDER_REVOCATION)
    for task_id in tasks:
        complete_follow_up(
            follow_up_id=task_id, outcome=FollowUpOutcome.UPHELD, note=reason.strip(), now=now, by=by
        )
    resume_notice(notice_id=notice.pk, reason="upheld", now=now, by=by)
    history.record(application, action="uphold", now=now, by=by, reason=reason.strip())
    return application


@transaction.atomic
def withdraw_acceptance(
    *, application_id: UUID, reason: str, now: datetime, by: User | None = None
) -> Application:
    """The candidate does not come after all, as they say on their page or ``by`` was told.

    Raises:
        ReasonMissing: no reason given.
        Conflict: the offer is not accepted any more.
        Refused: the person is at work.
    """
    _require(reason)
    return _end_accepted(
        application_id,
        to=ApplicationState.RENEGED,
        action="withdraw_acceptance",
        release=ClaimRelease.RENEGED,
        update=NoticeUpdateKind.RENEGED,
        reason=reason.strip(),
        now=now,
        by=by,
    )


@transaction.atomic
def record_no_show(*, application_id: UUID, reason: str, now: datetime, by: User) -> Application:
    """The candidate did not start work on the first day.

    Raises:
        ReasonMissing: nothing said of how it is known.
        Conflict: the offer is not accepted any more.
        Refused: the first day has not come, or was recorded as begun.
    """
    _require(reason)
    first_day = Application.objects.values_list("onboarding_on", flat=True).get(pk=application_id)
    if first_day is None or first_day > timezone.localdate(now):
        raise Refused(NOT_YET)
    return _end_accepted(
        application_id,
        to=ApplicationState.NO_SHOW,
        action="record_no_show",
        release=ClaimRelease.NO_SHOW,
        update=NoticeUpdateKind.NO_SHOW,
        reason=reason.strip(),
        now=now,
        by=by,
    )


def _end_accepted(
    application_id: UUID,
    *,
    to: ApplicationState,
    action: str,
    release: ClaimRelease,
    update: NoticeUpdateKind,
    reason: str,
    now: datetime,
    by: User | None,
) -> Application:
    application, notice = lock_offer(application_id)
    if application.state not in ACCEPTED_STATES:
        raise Conflict
    require_not_at_work(application)
    revoke_notice(notice_id=notice.pk, reason=release, now=now, by=by, source="candidate")
    end_application(
        application=application,
        to=to,
        action=action,
        release=release,
        now=now,
        by=by,
        source="candidate",
        reason=reason,
    )
    tell_candidate(notice=notice, kind=update, now=now)
    return application


def lock_offer(application_id: UUID) -> tuple[Application, Notice]:
    """An application with the notice that its candidate has or may have; person and application are locked.

    Raises:
        Conflict: nothing was sent, or it has ended.
    """
    lock_person_of(application_id)
    application = lock_application(application_id)
    notice = notice_of(application)
    if application.state not in OFFERED_STATES or notice is None or not may_be_known(notice):
        raise Conflict(NOT_SENT)
    return application, notice


def require_not_at_work(application: Application) -> None:
    """Raise ``Refused`` where the first day of work was recorded."""
    if is_at_work(application):
        raise Refused(AT_WORK)


def _require(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing(field="reason")
