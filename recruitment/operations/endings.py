"""The end of an application after its notice: nothing of it stays open, and the next in line goes on."""

from datetime import datetime

from branches.enums import ApprovalKind
from branches.models import User
from branches.operations.approvals import lapse_requests
from hrportal.kernel import history
from notifications.operations.follow_ups import end_follow_ups
from recruitment.enums import ApplicationState, ClaimRelease, ProposalState
from recruitment.models import Application, OnboardingTask
from recruitment.operations.claims import release_claim
from recruitment.operations.proposals import end_proposal
from recruitment.queries.offers import revocation_subject


def end_application(
    *,
    application: Application,
    to: ApplicationState,
    action: str,
    release: ClaimRelease,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    reason: str = "",
    successor: Application | None = None,
) -> None:
    """Move an application to its end; its tasks, preparations and open questions between people end with it.

    The caller holds the locks of person and application and has ended the notice.
    """
    history.move(application, to=to, action=action, now=now, by=by, source=source, reason=reason)
    # What was done stays on record; nobody needs to do the rest.
    OnboardingTask.objects.filter(application=application, done_at__isnull=True).delete()
    end_proposal(application=application, state=ProposalState.LAPSED, now=now)
    end_follow_ups(subject_ref=application.pk, now=now)
    lapse_requests(kind=ApprovalKind.REVOCATION, subject=revocation_subject(application), now=now)
    release_claim(
        application=application, release=release, now=now, by=by, source=source, successor=successor
    )
