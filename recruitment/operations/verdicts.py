"""What a new result, or a withdrawal, changes for an application that may be anywhere on its path.

The order is that of the events, never that of their arrival: the newest event decides where an
application stands. At equal times a withdrawal outranks a result, among results the higher revision
does, and of the same revision the more cautious one.
"""

from datetime import datetime
from decimal import Decimal

from branches.models import User
from hrportal.kernel import history
from notifications.enums import FollowUpKind, FollowUpOutcome, NoticeUpdateKind
from notifications.models import FollowUp
from notifications.operations.continuing import hold_notice, resume_notice
from notifications.operations.follow_ups import complete_follow_up, extend_follow_up, open_follow_up
from notifications.operations.stopping import revoke_notice, stop_unsent_notice
from notifications.operations.updates import tell_candidate
from recruitment.enums import UNSENT_STATES, ApplicationState, ClaimRelease, ConfirmationState, Verdict
from recruitment.models import Application, Confirmation, InterviewResult, OnboardingTask
from recruitment.operations.claims import release_claim
from recruitment.operations.endings import end_application
from recruitment.queries.notices import notice_of
from recruitment.queries.offers import reversal_tasks, revocation_waits

FINAL_STATES = (
    ApplicationState.DECLINED,
    ApplicationState.EXPIRED,
    ApplicationState.WITHDRAWN,
    ApplicationState.STOPPED,
    ApplicationState.NEED_DECLINED,
    ApplicationState.REVOKED,
    ApplicationState.RENEGED,
    ApplicationState.NO_SHOW,
)
# Decided, and nothing certainly sent: what is decided about them can be decided anew.
RESTARTABLE_STATES = (ApplicationState.NO_RULE, ApplicationState.CONFIRMING, ApplicationState.IN_REVIEW)
# A provider may have the notice, or certainly had it.
OFFERED_STATES = (
    ApplicationState.IN_REVIEW,
    ApplicationState.NOTIFIED,
    ApplicationState.ACCEPTED,
    ApplicationState.READY,
)

ResultOrder = tuple[datetime, int, bool, Decimal, str]


def order_of_result(result: InterviewResult) -> ResultOrder:
    """What makes one result newer than another: the greater is in force."""
    is_fail = result.verdict == Verdict.FAIL
    return result.event_at, result.revision, is_fail, -Decimal(result.score), result.interview_id


def apply_verdict(
    *, application: Application, previous: InterviewResult | None, received_at: datetime, now: datetime
) -> bool:
    """Act on the result now in force; False if something newer than it has ended the application.

    ``application`` and its person are locked by the caller.
    """
    result = application.result
    if result is None:
        raise ValueError("An application without a result cannot be decided.")
    if _ended_by_newer(application, result):
        history.record(
            application, action="superseded", now=now, source="interview", reason=_event(result.event_at)
        )
        return False
    if result.verdict == Verdict.FAIL:
        _turn_to_fail(application, previous, now=now)
    elif application.state == ApplicationState.FAILED:
        _pass(application, "pass", received_at=received_at, now=now)
    elif application.state in FINAL_STATES:
        _open_again(application, received_at=received_at, now=now)
    else:
        _settle_reversal(application, now=now)
        if previous is not None and has_changed(previous, result):
            decide_anew(application=application, reason="result_revised", now=now)
    return True


def _ended_by_newer(application: Application, result: InterviewResult) -> bool:
    """Whether a withdrawal no older than the result, or a later decision of a person, stands against it."""
    withdrawn_at = application.withdrawn_event_at
    if withdrawn_at is not None and withdrawn_at >= result.event_at:
        return True
    by_people = application.state in FINAL_STATES and application.state != ApplicationState.WITHDRAWN
    return by_people and application.state_at >= result.event_at


def withdraw_application(*, application: Application, event_at: datetime, now: datetime) -> bool:
    """The candidate withdrew; False if that is older than what is known, which then stands.

    ``application`` and its person are locked by the caller.
    """
    result, known = application.result, application.withdrawn_event_at
    is_older = (known is not None and known >= event_at) or (
        result is not None and result.event_at > event_at
    )
    if known is None or known < event_at:
        application.withdrawn_event_at = event_at
        application.save(update_fields=["withdrawn_event_at"])
    if is_older:
        history.record(application, action="superseded", now=now, source="interview", reason=_event(event_at))
        return False
    if application.state in FINAL_STATES:
        history.record(application, action="withdraw", now=now, source="interview", reason=_event(event_at))
        return True
    unsent = application.state in UNSENT_STATES and stop_before_sending(
        application=application, reason="withdrawn", now=now
    )
    notice = None if unsent else notice_of(application)
    if notice:
        revoke_notice(notice_id=notice.pk, reason="withdrawn", now=now)
    end_application(
        application=application,
        to=ApplicationState.WITHDRAWN,
        action="withdraw",
        release=ClaimRelease.WITHDRAWN,
        now=now,
        source="interview",
        reason=_event(event_at),
    )
    if notice:
        tell_candidate(notice=notice, kind=NoticeUpdateKind.WITHDRAWN, now=now)
    return True


def _turn_to_fail(application: Application, previous: InterviewResult | None, *, now: datetime) -> None:
    if application.state == ApplicationState.FAILED:
        return
    if application.state == ApplicationState.WITHDRAWN:
        _fail(application, now=now)
        return
    if application.state in FINAL_STATES:
        history.record(application, action="verdict_reversed", now=now, source="interview")
        return
    if application.state in UNSENT_STATES and stop_before_sending(
        application=application, reason="verdict_reversed", now=now
    ):
        _fail(application, now=now)
        release_claim(
            application=application, release=ClaimRelease.VERDICT_REVERSED, now=now, source="interview"
        )
        return
    # Something was promised to a person: only people may take it back, and nothing more leaves until they have.
    history.record(application, action="verdict_reversed", now=now, source="interview")
    if previous is not None and previous.verdict == Verdict.FAIL:
        # They are asked, or have upheld the offer; the machine says nothing new.
        return
    if notice := notice_of(application):
        hold_notice(notice_id=notice.pk, reason="verdict_reversed", now=now)
    _raise_task(application, FollowUpKind.VERDICT_REVERSED, now=now)


def _fail(application: Application, *, now: datetime) -> None:
    history.move(
        application, to=ApplicationState.FAILED, action="verdict_reversed", now=now, source="interview"
    )


def _pass(application: Application, action: str, *, received_at: datetime, now: datetime) -> None:
    application.passed_at = received_at
    history.move(application, to=ApplicationState.TO_DECIDE, action=action, now=now, source="interview")


def _open_again(application: Application, *, received_at: datetime, now: datetime) -> None:
    """A pass newer than the end: decided anew, with a claim of its own; people are asked again."""
    # The first day that was prepared is not the one that comes of this.
    OnboardingTask.objects.filter(application=application).delete()
    _pass(application, "reopen", received_at=received_at, now=now)


def _settle_reversal(application: Application, *, now: datetime) -> None:
    """It is a pass again: nobody needs to take anything back."""
    for task_id in reversal_tasks(application):
        complete_follow_up(follow_up_id=task_id, outcome=FollowUpOutcome.CANCELLED, note="", now=now, by=None)
        if (notice := notice_of(application)) and not revocation_waits(application):
            resume_notice(notice_id=notice.pk, reason="pass", now=now)


def decide_anew(*, application: Application, reason: str, now: datetime, by: User | None = None) -> bool:
    """Stop what is unsent and let the rules decide anew; the claim stays.

    False, and nothing changed, where nothing was decided yet or a provider was called. The caller
    holds the locks of person and application.
    """
    if application.state not in RESTARTABLE_STATES or not stop_before_sending(
        application=application, reason=reason, now=now, by=by
    ):
        return False
    history.move(
        application,
        to=ApplicationState.TO_DECIDE,
        action="revise",
        now=now,
        by=by,
        source="interview",
        reason=reason,
    )
    return True


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


def has_changed(before: InterviewResult, after: InterviewResult) -> bool:
    """Whether the scores differ, which rules and texts look at."""
    return before.score != after.score or before.dimensions != after.dimensions


def raise_facts_changed(application: Application, *, detail: str, now: datetime) -> None:
    """Tell a person what differs from the notice that went out; an open task says it as well."""
    task = _raise_task(application, FollowUpKind.FACTS_CHANGED, now=now, detail=detail)
    extend_follow_up(follow_up=task, detail=detail, now=now)


def _raise_task(application: Application, kind: FollowUpKind, *, now: datetime, detail: str = "") -> FollowUp:
    notice = notice_of(application)
    return open_follow_up(
        branch_id=application.branch_id,
        subject_ref=application.pk,
        label=application.person.name,
        kind=kind,
        now=now,
        minutes=notice.review_policy.follow_up_minutes if notice else 240,
        notice_id=notice.pk if notice else None,
        detail=detail,
    )


def _event(at: datetime) -> str:
    return f"event of {at.isoformat(timespec='minutes')}"
