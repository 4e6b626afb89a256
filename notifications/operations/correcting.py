"""What a person puts right: a wrong number, a send whose outcome nobody knew."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.refusals import Conflict, Refused
from hrportal.kernel.task_wakeups import wake
from notifications.addresses import AddressImpossible
from notifications.enums import (
    LIVE_NOTICE_STATES,
    AddressKind,
    ChannelCode,
    DeliveryState,
    FollowUpOutcome,
    FollowUpState,
    NoticeState,
)
from notifications.models import Delivery, FollowUp
from notifications.operations.follow_ups import ENDED, complete_follow_up
from notifications.operations.planning import plan_another_attempt
from notifications.operations.recipients import correct_address
from notifications.operations.settling import declare_unknown_send
from notifications.operations.transitions import DISPATCH_TASK, lock_notice
from notifications.queries.follow_ups import CORRECTABLE_KINDS
from notifications.queries.recipients import address_for


class NothingToResume(Refused):
    """The task belongs to no notice, or its approved plan has no SMS; finish the task another way."""

    sentence = _("The approved plan does not include SMS. Call the candidate and record the outcome.")


@transaction.atomic
def correct_number_and_resume(
    *, follow_up_id: UUID, number: str, now: datetime, by: User, seen: str | None = None
) -> Delivery | None:
    """Correct a follow-up's phone number, send the approved SMS to it, finish the follow-up.

    The content was approved for the person, not for the number, so nobody approves again. A notice
    that went back to be written anew meanwhile goes to the number once it is approved: None. ``seen`` is
    the key of the number in use that its author had open; None leaves that unchecked.

    Raises:
        EditConflict: somebody else has given another number since.
        Conflict: somebody has finished the task already, or the notice has ended meanwhile.
        Refused: no SMS can reach such a number, or the task is about something else.
        NothingToResume: no notice, or no SMS in its plan.
        TooManyReveals: the limit of the hour is reached; the caller writes the refusal down.
    """
    notice_id = FollowUp.objects.values_list("notice_id", flat=True).get(pk=follow_up_id)
    if notice_id is None:
        raise NothingToResume
    notice = lock_notice(notice_id)
    follow_up = FollowUp.objects.select_for_update().get(pk=follow_up_id)
    if follow_up.state != FollowUpState.OPEN:
        raise Conflict(ENDED)
    if follow_up.kind not in CORRECTABLE_KINDS:
        raise Refused(_("This follow-up does not concern a phone number. Enter the outcome and finish it."))
    if notice.state not in LIVE_NOTICE_STATES:
        raise Conflict(ENDED)
    if not any(step["channel"] == ChannelCode.SMS for step in notice.plan):
        raise NothingToResume
    used = address_for(notice.recipient_id, ChannelCode.SMS)
    require_seen(seen, str(used and used.pk), at=used.event_at if used else None)
    try:
        correct_address(
            recipient_id=notice.recipient_id,
            kind=AddressKind.PHONE,
            value=number,
            branch=notice.branch,
            about=notice.subject_ref,
            now=now,
            by=by,
        )
    except AddressImpossible:
        raise Refused(
            _("This number cannot receive SMS. Enter a mobile number, such as +86 138…."), field="number"
        ) from None
    is_approved = notice.state in (NoticeState.APPROVED, NoticeState.SENT)
    delivery = plan_another_attempt(notice=notice, channel=ChannelCode.SMS, now=now) if is_approved else None
    complete_follow_up(
        follow_up_id=follow_up_id, outcome=FollowUpOutcome.ADDRESS_CORRECTED, note="", now=now, by=by
    )
    wake(DISPATCH_TASK)
    return delivery


@transaction.atomic
def declare_and_finish(
    *, follow_up_id: UUID, was_taken: bool, send_again: bool, note: str, now: datetime, by: User
) -> FollowUp:
    """Settle the unknown send of a follow-up by a person's word, and finish the follow-up.

    Raises:
        Conflict: somebody has finished it already, evidence has settled the send meanwhile, or it is about no send.
    """
    delivery_id = FollowUp.objects.values_list("delivery_id", flat=True).get(pk=follow_up_id)
    if delivery_id is None:
        raise Conflict(ENDED)
    lock_notice(Delivery.objects.only("notice_id").get(pk=delivery_id).notice_id)
    delivery = Delivery.objects.get(pk=delivery_id)
    if delivery.state != DeliveryState.UNKNOWN:
        raise Conflict(ENDED)
    declare_unknown_send(delivery_id=delivery_id, was_taken=was_taken, send_again=send_again, now=now, by=by)
    outcome = FollowUpOutcome.CONFIRMED_SENT if was_taken else FollowUpOutcome.CANCELLED
    if send_again:
        outcome = FollowUpOutcome.RESENT
        wake(DISPATCH_TASK)
    return complete_follow_up(follow_up_id=follow_up_id, outcome=outcome, note=note, now=now, by=by)
