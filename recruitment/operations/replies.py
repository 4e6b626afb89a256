"""What candidates answer, each a small verb. A decline is never concluded from text alone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from branches.models import User
from branches.queries.calendar import bank_calendar
from hrportal.kernel import history
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.task_wakeups import wake
from notifications.enums import FollowUpKind, NoticeState, NoticeUpdateKind
from notifications.models import Notice
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.read_receipts import record_replied
from notifications.operations.stopping import close_notice
from notifications.operations.transitions import lock_notice
from notifications.operations.updates import tell_candidate
from recruitment.enums import (
    AnswerMedium,
    ApplicationState,
    Attitude,
    ClaimRelease,
    ClassificationState,
    ReplyKind,
)
from recruitment.models import Application, ChecklistItem, OnboardingTask, Reply, ReplyAnswer
from recruitment.operations.claims import lock_person_of
from recruitment.operations.endings import end_application
from recruitment.operations.offer_terms import HOLD_AHEAD, keep_time_to_answer
from recruitment.operations.proposals import propose_day
from recruitment.operations.transitions import lock_application
from recruitment.queries.notices import notice_of

MOST_OPEN_QUESTIONS = 20
CLASSIFY_TASK = "recruitment.tasks.classify_replies"


class AlreadyAnswered(Exception):
    """The offer was accepted, declined, or has ended; nothing more can be answered."""


class TooManyReplies(Exception):
    """More messages than a person would send; the branch's phone number helps further."""


class ReplyEmpty(Exception):
    """There is nothing to pass on; write a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """By whom an answer was taken down that came by phone or on paper, and what proves it."""

    by: User
    medium: AnswerMedium
    evidence: str


@transaction.atomic
def accept_offer(*, notice_id: UUID, now: datetime, recorded: Recorded | None = None) -> Reply:
    """The candidate accepts: the notice closes, administration gets its checklist.

    Raises:
        AlreadyAnswered: the offer has ended.
    """
    application, notice = _answerable(notice_id)
    by = recorded.by if recorded else None
    reply = _keep(application, notice, ReplyKind.ACCEPT, now=now, recorded=recorded)
    close_notice(notice_id=notice.pk, reason=ReplyKind.ACCEPT, now=now, by=by)
    history.move(
        application, to=ApplicationState.ACCEPTED, action="accept", now=now, by=by, source="candidate"
    )
    _open_checklist(application)
    if recorded:
        tell_candidate(notice=notice, kind=NoticeUpdateKind.ACCEPTED, now=now)
    return reply


@transaction.atomic
def decline_offer(*, notice_id: UUID, reason: str, now: datetime, recorded: Recorded | None = None) -> Reply:
    """The candidate declines by the button or as was taken down: the claim is released, the next branch goes on.

    Raises:
        AlreadyAnswered: the offer has ended.
        ReplyEmpty: no reason given.
    """
    if not reason.strip():
        raise ReplyEmpty
    application, notice = _answerable(notice_id)
    by = recorded.by if recorded else None
    reply = _keep(application, notice, ReplyKind.DECLINE, now=now, text=reason.strip(), recorded=recorded)
    close_notice(notice_id=notice.pk, reason=ReplyKind.DECLINE, now=now, by=by)
    end_application(
        application=application,
        to=ApplicationState.DECLINED,
        action="decline",
        release=ClaimRelease.DECLINED,
        now=now,
        by=by,
        source="candidate",
    )
    if recorded:
        tell_candidate(notice=notice, kind=NoticeUpdateKind.DECLINED, now=now)
    return reply


@transaction.atomic
def ask(*, notice_id: UUID, text: str, now: datetime) -> Reply:
    """The candidate asks; city HR gets a task.

    Raises:
        AlreadyAnswered, TooManyReplies, ReplyEmpty.
    """
    if not text.strip():
        raise ReplyEmpty
    application, notice = _answerable(notice_id, accepted_too=True)
    reply = _keep(application, notice, ReplyKind.QUESTION, now=now, text=text.strip())
    _task(application, notice, FollowUpKind.QUESTION, now=now)
    if notice.reply_by <= now + HOLD_AHEAD:
        keep_time_to_answer(application=application, notice=notice, now=now)
    return reply


@transaction.atomic
def react_to_target(
    *, notice_id: UUID, target_code: str, attitude: Attitude, now: datetime, text: str = ""
) -> Reply:
    """The candidate's attitude to one performance target, with a comment or without; the newest counts.

    Raises:
        AlreadyAnswered, TooManyReplies.
        ReplyEmpty: the notice has no such target.
    """
    application, notice = _answerable(notice_id, accepted_too=True)
    if target_code not in {target.get("code") for target in notice.context.get("targets", [])}:
        raise ReplyEmpty
    return _keep(
        application,
        notice,
        ReplyKind.ATTITUDE,
        now=now,
        text=text.strip(),
        target_code=target_code,
        attitude=attitude,
    )


@transaction.atomic
def propose_date(*, notice_id: UUID, day: date, text: str, now: datetime) -> Reply:
    """The candidate would rather start on another day; HR decides.

    Raises:
        AlreadyAnswered, TooManyReplies.
    """
    application, notice = _answerable(notice_id, accepted_too=True)
    reply = _keep(application, notice, ReplyKind.DATE, now=now, text=text.strip(), proposed_on=day)
    propose_day(application=application, day=day, now=now, by=None)
    _task(application, notice, FollowUpKind.DATE_PROPOSED, now=now, detail=day.isoformat())
    return reply


@transaction.atomic
def answer_reply(*, reply_id: UUID, text: str, now: datetime, by: User, seen: str | None = None) -> Reply:
    """HR answers a question; the candidate sees it on the notice's page, after what was answered before.

    ``seen`` is how many answers its author had read; None leaves that unchecked.

    Raises:
        ReplyEmpty: no text.
        EditConflict: somebody else has answered since.
    """
    if not text.strip():
        raise ReplyEmpty
    reply = Reply.objects.select_for_update(of=("self",)).select_related("application").get(pk=reply_id)
    answers = list(reply.answers.select_related("by"))
    last = answers[-1] if answers else None
    require_seen(
        seen, str(len(answers)), by=last and last.by, at=last and last.at, what=last.text if last else ""
    )
    ReplyAnswer.objects.create(reply=reply, text=text.strip(), at=now, by=by)
    reply.answered_at = reply.answered_at or now
    reply.save(update_fields=["answered_at"])
    history.record(reply.application, action="answer", now=now, by=by)
    return reply


def _answerable(notice_id: UUID, *, accepted_too: bool = False) -> tuple[Application, Notice]:
    """Application and notice, locked in that order behind their person."""
    notice = Notice.objects.only("subject_ref").get(pk=notice_id)
    lock_person_of(notice.subject_ref)
    application = lock_application(notice.subject_ref)
    notice = lock_notice(notice_id)
    # An earlier notice of the same application was closed by another answer than the one that stands.
    closed_by_accept = (
        accepted_too
        and application.state in (ApplicationState.ACCEPTED, ApplicationState.READY)
        and notice == notice_of(application)
    )
    if notice.state != NoticeState.SENT and not closed_by_accept:
        raise AlreadyAnswered
    return application, notice


def _keep(
    application: Application,
    notice: Notice,
    kind: ReplyKind,
    *,
    now: datetime,
    text: str = "",
    target_code: str = "",
    attitude: str = "",
    proposed_on: date | None = None,
    recorded: Recorded | None = None,
) -> Reply:
    if (
        not recorded
        and Reply.objects.filter(notice=notice, at__gt=now - timedelta(days=1)).count() >= MOST_OPEN_QUESTIONS
    ):
        raise TooManyReplies
    record_replied(notice_id=notice.pk, now=now)
    if text:
        wake(CLASSIFY_TASK)
    return Reply.objects.create(
        application=application,
        notice=notice,
        kind=kind,
        text=text[:1000],
        target_code=target_code,
        attitude=attitude,
        proposed_on=proposed_on,
        at=now,
        medium=recorded.medium if recorded else "",
        recorded_by=recorded.by if recorded else None,
        evidence=recorded.evidence.strip() if recorded else "",
        classification_state=ClassificationState.PENDING if text else ClassificationState.NONE,
    )


def _task(
    application: Application, notice: Notice, kind: FollowUpKind, *, now: datetime, detail: str = ""
) -> None:
    open_follow_up(
        branch_id=application.branch_id,
        subject_ref=application.pk,
        label=application.person.name,
        kind=kind,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
        detail=detail,
    )


def _open_checklist(application: Application) -> None:
    if application.onboarding_on is None:
        raise ValueError("Only a decided application has an onboarding date.")
    calendar = bank_calendar()
    items = ChecklistItem.objects.filter(position=None) | ChecklistItem.objects.filter(
        position=application.position
    )
    OnboardingTask.objects.bulk_create(
        [
            OnboardingTask(
                application=application,
                item=item,
                due_on=calendar.last_working_day(
                    application.onboarding_on - timedelta(days=item.days_before)
                ),
            )
            for item in items
        ],
        ignore_conflicts=True,
    )
