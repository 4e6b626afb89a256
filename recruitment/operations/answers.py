"""HR's answer to a question, and the task that asked for it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from branches.models import User
from hrportal.kernel.refusals import Conflict
from notifications.enums import FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.models import FollowUp
from notifications.operations.follow_ups import complete_follow_up
from recruitment.enums import ReplyKind
from recruitment.models import Reply
from recruitment.operations.replies import answer_reply


@transaction.atomic
def answer_question(*, reply_id: UUID, text: str, now: datetime, by: User, seen: str | None = None) -> Reply:
    """Answer, and finish the open follow-up once no question of the application waits any more.

    Raises:
        ReplyEmpty: no text.
        EditConflict: somebody else has answered since the page was opened.
    """
    reply = answer_reply(reply_id=reply_id, text=text, seen=seen, now=now, by=by)
    waiting = Reply.objects.filter(
        application_id=reply.application_id, kind=ReplyKind.QUESTION, answered_at__isnull=True
    )
    if waiting.exists():
        return reply
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
