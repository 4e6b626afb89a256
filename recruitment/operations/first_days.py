"""Moving the first day of an offer that was sent: proposed by either side, agreed, countered, declined."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import User
from branches.queries.calendar import bank_calendar
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, ReasonMissing, Refused
from notifications.enums import FollowUpKind, FollowUpOutcome, FollowUpState, NoticeState, NoticeUpdateKind
from notifications.models import FollowUp, Notice
from notifications.operations.continuing import stop_reminding
from notifications.operations.follow_ups import complete_follow_up, open_follow_up
from notifications.operations.updates import tell_candidate
from recruitment.enums import ACCEPTED_STATES, DayAnswer, ProposalState, ReplyKind
from recruitment.models import Application, OnboardingTask, Reply
from recruitment.operations.offers import lock_offer, require_not_at_work
from recruitment.operations.proposals import end_proposal, propose_day
from recruitment.operations.replies import answer_reply
from recruitment.queries.offers import open_proposal


class DayImpossible(Refused):
    """The day cannot be a first day of work of this offer."""

    field = "day"


@transaction.atomic
def change_first_day(
    *, application_id: UUID, day: date, agreed: bool, reason: str, now: datetime, by: User
) -> Application:
    """Move the first day; what an accepted candidate has not agreed to yet is put before them.

    The candidate is told either way. Before the acceptance, or with the day that the candidate asked for,
    nobody needs to agree.

    Raises:
        ReasonMissing: no reason, or nothing said of how the candidate agreed.
        DayImpossible: no working day from tomorrow on, the present day, or before the candidate must reply.
        Refused: nothing was sent or it has ended, or the person is at work.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    application, notice = lock_offer(application_id)
    require_not_at_work(application)
    _require_possible(application, notice, day, now=now)
    asked = open_proposal(application)
    is_wish = asked is not None and asked.by_id is None and asked.day == day
    if application.state in ACCEPTED_STATES and not agreed and not is_wish:
        _propose(application, notice, day, reason=reason.strip(), now=now, by=by)
    else:
        end_proposal(
            application=application,
            state=ProposalState.AGREED if is_wish else ProposalState.COUNTERED,
            now=now,
        )
        _set(application, notice, day, reason=reason.strip(), now=now, by=by)
        _finish_task(application, now=now, by=by)
    return application


@transaction.atomic
def answer_proposed_day(
    *,
    application_id: UUID,
    answer: DayAnswer,
    day: date | None,
    text: str,
    now: datetime,
    by: User,
) -> Application:
    """Answer the day that the candidate asked for: agree, propose another, or keep the present one.

    The candidate reads ``text`` on the notice's page and is told by message.

    Raises:
        Conflict: no day of the candidate waits for an answer.
        DayImpossible: the day can be no first day.
        ReplyEmpty: no text.
    """
    application, notice = lock_offer(application_id)
    asked = open_proposal(application)
    if asked is None or asked.by_id is not None:
        raise Conflict
    require_not_at_work(application)
    if answer == DayAnswer.COUNTER and day is None:
        raise DayImpossible(_("Choose the day that you propose instead."))
    chosen = asked.day if answer == DayAnswer.AGREE else day
    if answer != DayAnswer.DECLINE and chosen is not None:
        _require_possible(application, notice, chosen, now=now)
    wish = Reply.objects.filter(notice=notice, kind=ReplyKind.DATE, answered_at__isnull=True)
    for reply in wish.order_by("at"):
        answer_reply(reply_id=reply.pk, text=text, now=now, by=by)
    if answer == DayAnswer.AGREE:
        end_proposal(application=application, state=ProposalState.AGREED, now=now)
        _set(application, notice, asked.day, reason=text.strip(), now=now, by=by)
    elif answer == DayAnswer.COUNTER and chosen is not None:
        _propose(application, notice, chosen, reason=text.strip(), now=now, by=by)
    else:
        end_proposal(application=application, state=ProposalState.DECLINED, now=now)
        history.record(application, action="keep_first_day", now=now, by=by, reason=text.strip())
        tell_candidate(
            notice=notice, kind=NoticeUpdateKind.FIRST_DAY_KEPT, day=application.onboarding_on, now=now
        )
    _finish_task(application, now=now, by=by)
    return application


@transaction.atomic
def take_candidates_word(*, application_id: UUID, agrees: bool, now: datetime) -> Application:
    """The candidate agrees to the day that the bank proposed, or cannot come then.

    Raises:
        Conflict: no day of the bank waits for an answer.
        DayImpossible: too late, it can be no first day any more.
    """
    application, notice = lock_offer(application_id)
    proposed = open_proposal(application)
    if proposed is None or proposed.by_id is None:
        raise Conflict
    if agrees:
        _require_possible(application, notice, proposed.day, now=now)
        end_proposal(application=application, state=ProposalState.AGREED, now=now)
        _set(application, notice, proposed.day, reason="agreed", now=now, by=None)
        return application
    end_proposal(application=application, state=ProposalState.DECLINED, now=now)
    reason = proposed.day.isoformat()
    history.record(application, action="decline_first_day", now=now, source="candidate", reason=reason)
    open_follow_up(
        branch_id=application.branch_id,
        subject_ref=application.pk,
        label=application.person.name,
        kind=FollowUpKind.DATE_DECLINED,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
        detail=reason,
    )
    return application


def _propose(
    application: Application, notice: Notice, day: date, *, reason: str, now: datetime, by: User
) -> None:
    propose_day(application=application, day=day, now=now, by=by)
    history.record(
        application, action="propose_first_day", now=now, by=by, reason=f"{day.isoformat()}: {reason}"
    )
    tell_candidate(notice=notice, kind=NoticeUpdateKind.FIRST_DAY_PROPOSED, day=day, now=now)


def _set(
    application: Application, notice: Notice, day: date, *, reason: str, now: datetime, by: User | None
) -> None:
    was, application.onboarding_on = application.onboarding_on, day
    application.save(update_fields=["onboarding_on"])
    for task in OnboardingTask.objects.select_related("item").filter(
        application=application, done_at__isnull=True
    ):
        task.due_on = bank_calendar().last_working_day(day - timedelta(days=task.item.days_before))
        task.save(update_fields=["due_on"])
    # What is still pending names the old day.
    stop_reminding(notice_id=notice.pk, reason="first_day", now=now)
    history.record(
        application,
        action="change_first_day",
        now=now,
        by=by,
        source="candidate",
        reason=f"{was.isoformat() if was else '–'} → {day.isoformat()}: {reason}",
    )
    tell_candidate(notice=notice, kind=NoticeUpdateKind.FIRST_DAY, day=day, now=now)


def _finish_task(application: Application, *, now: datetime, by: User) -> None:
    kinds = [FollowUpKind.DATE_PROPOSED, FollowUpKind.DATE_DECLINED]
    tasks = FollowUp.objects.filter(subject_ref=application.pk, kind__in=kinds, state=FollowUpState.OPEN)
    for task_id in list(tasks.values_list("pk", flat=True)):
        complete_follow_up(follow_up_id=task_id, outcome=FollowUpOutcome.ANSWERED, note="", now=now, by=by)


def _require_possible(application: Application, notice: Notice, day: date, *, now: datetime) -> None:
    values: dict[str, Any] = {"reply_by": timezone.localdate(notice.reply_by).isoformat()}
    if day == application.onboarding_on:
        raise DayImpossible(_("This is the present first day. Choose another one."))
    if day <= timezone.localdate(now) or not bank_calendar().is_working_day(day):
        raise DayImpossible(_("Choose a working day from tomorrow on."))
    if notice.state == NoticeState.SENT and day <= timezone.localdate(notice.reply_by):
        raise DayImpossible(_("Choose a day after the reply deadline, %(reply_by)s.") % values)
