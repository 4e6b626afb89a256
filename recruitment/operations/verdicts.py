"""What a new result, or a withdrawal, changes for an application that may be anywhere on its path."""

from datetime import datetime

from branches.models import User
from notifications.enums import FollowUpKind
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.stopping import revoke_notice, stop_unsent_notice
from recruitment.enums import UNSENT_STATES, ApplicationState, ClaimRelease, ConfirmationState, Verdict
from recruitment.models import Application, Confirmation, InterviewResult
from recruitment.operations.claims import release_claim
from recruitment.operations.moves import lock_application, move_application, note_application
from recruitment.queries.notices import notice_of

FINAL_STATES = (
    ApplicationState.DECLINED,
    ApplicationState.EXPIRED,
    ApplicationState.WITHDRAWN,
    ApplicationState.STOPPED,
    ApplicationState.NEED_DECLINED,
)


def apply_verdict(
    *, application: Application, previous: InterviewResult | None, received_at: datetime, now: datetime
) -> None:
    """Act on the result now in force. The caller holds the person's lock."""
    application = lock_application(application.pk)
    result = application.result
    if result is None:
        raise ValueError("An application without a result cannot be decided.")
    if application.state in FINAL_STATES:
        return
    if result.verdict == Verdict.FAIL:
        _turn_to_fail(application, now=now)
    elif application.state == ApplicationState.FAILED:
        application.passed_at = received_at
        move_application(
            application=application, to=ApplicationState.TO_DECIDE, verb="pass", now=now, source="interview"
        )
    elif previous is not None and _changed(previous, result):
        _start_again(application, now=now)


def withdraw_application(*, application: Application, event_at: datetime, now: datetime) -> None:
    """The candidate withdrew. The caller holds the person's lock; a second withdrawal does nothing."""
    application = lock_application(application.pk)
    if application.state in FINAL_STATES:
        return
    if application.state in UNSENT_STATES and stop_before_sending(
        application=application, reason="withdrawn", now=now
    ):
        pass
    elif notice := notice_of(application):
        revoke_notice(notice_id=notice.pk, reason="withdrawn", now=now)
        _raise_task(application, FollowUpKind.WITHDRAWN_AFTER_SEND, now=now)
    move_application(
        application=application,
        to=ApplicationState.WITHDRAWN,
        verb="withdraw",
        now=now,
        source="interview",
        reason=f"event of {event_at.isoformat(timespec='minutes')}",
    )
    release_claim(application=application, release=ClaimRelease.WITHDRAWN, now=now, source="interview")


def _turn_to_fail(application: Application, *, now: datetime) -> None:
    if application.state == ApplicationState.FAILED:
        return
    if application.state in UNSENT_STATES and stop_before_sending(
        application=application, reason="verdict_reversed", now=now
    ):
        move_application(
            application=application,
            to=ApplicationState.FAILED,
            verb="verdict_reversed",
            now=now,
            source="interview",
        )
        release_claim(
            application=application, release=ClaimRelease.VERDICT_REVERSED, now=now, source="interview"
        )
        return
    # Something was promised to a person: only a person may take it back.
    note_application(application=application, verb="verdict_reversed", now=now, source="interview")
    _raise_task(application, FollowUpKind.VERDICT_REVERSED, now=now)


def _start_again(application: Application, *, now: datetime) -> None:
    """A better-known pass: what was not sent yet is decided anew; the claim stays."""
    restartable = (ApplicationState.NO_RULE, ApplicationState.CONFIRMING, ApplicationState.IN_REVIEW)
    if application.state in restartable and stop_before_sending(
        application=application, reason="result_revised", now=now
    ):
        move_application(
            application=application, to=ApplicationState.TO_DECIDE, verb="revise", now=now, source="interview"
        )


def stop_before_sending(
    *, application: Application, reason: str, now: datetime, by: User | None = None
) -> bool:
    """Stop confirmation and notice; False if a provider was called already. The caller holds the locks."""
    notice = notice_of(application)
    if notice is not None and not stop_unsent_notice(notice_id=notice.pk, reason=reason, now=now, by=by):
        return False
    Confirmation.objects.filter(application=application, state=ConfirmationState.OPEN).update(
        state=ConfirmationState.CANCELLED, decided_at=now, reason=reason
    )
    return True


def _changed(before: InterviewResult, after: InterviewResult) -> bool:
    return before.score != after.score or before.dimensions != after.dimensions


def _raise_task(application: Application, kind: FollowUpKind, *, now: datetime) -> None:
    notice = notice_of(application)
    open_follow_up(
        branch_id=application.branch_id,
        subject_ref=application.pk,
        label=application.person.name,
        kind=kind,
        now=now,
        minutes=notice.review_policy.follow_up_minutes if notice else 240,
        notice_id=notice.pk if notice else None,
    )
