"""HR's answer to a question with the task that asked for it, and a candidate's answer that HR took down."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from branches.models import User
from hrportal.kernel.refusals import Conflict, ReasonMissing
from notifications.enums import FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.models import FollowUp
from notifications.operations.follow_ups import complete_follow_up
from notifications.operations.transitions import lock_notice
from recruitment.enums import AnswerMedium, ReplyKind
from recruitment.models import Reply
from recruitment.operations.claims import lock_person_of
from recruitment.operations.offer_terms import keep_time_to_answer
from recruitment.operations.offers import lock_offer
from recruitment.operations.replies import (
    AlreadyAnswered,
    Recorded,
    ReplyEmpty,
    accept_offer,
    answer_reply,
    decline_offer,
)

# Who had to wait for an answer has the day after it to decide.
A_DAY = timedelta(days=1)


@transaction.atomic
def answer_question(*, reply_id: UUID, text: str, now: datetime, by: User, seen: str | None = None) -> Reply:
    """Answer, and finish the open follow-up once no question of the application waits any more.

    Raises:
        ReplyEmpty: no text.
        EditConflict: somebody else has answered since the page was opened.
    """
    lock_person_of(Reply.objects.values_list("application_id", flat=True).get(pk=reply_id))
    reply = answer_reply(reply_id=reply_id, text=text, seen=seen, now=now, by=by)
    waiting = Reply.objects.filter(
        application_id=reply.application_id, kind=ReplyKind.QUESTION, answered_at__isnull=True
    )
    if waiting.exists():
        return reply
    notice = lock_notice(reply.notice_id)
    if notice.reply_by <= now + A_DAY:
        keep_time_to_answer(application=reply.application, notice=notice, now=now)
    tasks = FollowUp.objects.filter(
        subject_ref=reply.application_id, kind=FollowUpKind.QUESTION, state=FollowUpState.OPEN
    )
    for task_id in list(tasks.values_list("pk", flat=True)):
        try:
            complete_follow_up(
                follow_up_id=task_id, outcome=FollowUpOutcome.ANSWERED, note="", now=now, by=by
            )
        except Conflict:
            # Somebody finished it in this moment; the answer stands all the same.
            continue
    return reply


@transaction.atomic
def record_answer(
    *, application_id: UUID, answer: str, medium: str, evidence: str, reason: str, now: datetime, by: User
) -> Reply:
    """Take down what a candidate said by phone, on paper or in person; the candidate gets a confirmation.

    Raises:
        ReasonMissing: no evidence, or a decline without its reason.
        Conflict: the offer does not wait for an answer.
    """
    if not evidence.strip():
        raise ReasonMissing(field="evidence")
    _application, notice = lock_offer(application_id)
    recorded = Recorded(by=by, medium=AnswerMedium(medium), evidence=evidence)
    try:
        if answer == ReplyKind.ACCEPT:
            return accept_offer(notice_id=notice.pk, now=now, recorded=recorded)
        return decline_offer(notice_id=notice.pk, reason=reason, now=now, recorded=recorded)
    except AlreadyAnswered:
        raise Conflict from None
    except ReplyEmpty:
        raise ReasonMissing(field="reason") from None
