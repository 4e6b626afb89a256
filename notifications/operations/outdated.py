"""What was approved must still be true when it leaves; what is not goes back to be written anew."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Refused
from hrportal.kernel.scopes import bank_wide
from notifications import hooks
from notifications.dates import DateFault, faults_of
from notifications.enums import NoticeState
from notifications.models import Approval, Delivery, Notice
from notifications.operations.reply_by import restated_if_possible, write_restated
from notifications.operations.stopping import cancel_pending, may_be_out
from notifications.operations.transitions import ask_reviewers
from notifications.queries.history import reasons_in_words
from notifications.queries.reply_by import reply_by_of

# A provider may have an approved one all the same, see ``may_be_out``.
UNSENT_NOTICE_STATES = (NoticeState.IN_REVIEW, NoticeState.APPROVED)


class NoticeOutdated(Refused):
    """The notice says what is true no longer; ``reasons`` are codes of ``notifications.queries.history``."""

    def __init__(self, reasons: list[str], sentence: str | Promise) -> None:
        super().__init__(str(sentence) % {"reasons": reasons_in_words(", ".join(reasons))})
        self.reasons = reasons


def outdated(notices: Collection[Notice], *, now: datetime) -> dict[UUID, list[str]]:
    """What is wrong with each notice's dates and facts at this moment, as codes; sound ones are left out.

    Every app above is asked once for all of them.
    """
    found: dict[UUID, list[str]] = {
        notice.pk: [
            fault.value
            for fault in faults_of(
                reply_by=reply_by_of(notice, now=now),
                onboarding_on=notice.onboarding_on,
                min_reply_hours=notice.review_policy.min_reply_hours,
                now=now,
            )
        ]
        for notice in notices
    }
    for notice_id, reasons in changed_facts(notices).items():
        found[notice_id] += reasons
    return {notice_id: reasons for notice_id, reasons in found.items() if reasons}


def changed_facts(notices: Collection[Notice]) -> dict[UUID, list[str]]:
    """What the notices say and the apps above know otherwise by now, as codes; time plays no part."""
    found: dict[UUID, list[str]] = {
        notice.pk: ["language_changed"]
        for notice in notices
        if notice.preferred_language and notice.preferred_language != notice.recipient.language
    }
    for changed in hooks.changed_facts(notices):
        for notice_id, reasons in changed.items():
            found.setdefault(notice_id, []).extend(reasons)
    return found


def return_outdated(*, notice: Notice, reasons: list[str], now: datetime, by: User | None = None) -> bool:
    """Give the notice back to its authors, approved or not; False if a provider may have it already.

    Where it has only waited too long for its date, nobody has to mend it: it is written anew with the time
    to reply counted from now, and goes to the reviewers. The caller holds the notice's lock.
    """
    if not revoke_approval(notice=notice, reasons=reasons, now=now):
        return False
    if reasons == [DateFault.REPLY_BY] and (found := restated_if_possible(notice, now=now)):
        to, why = NoticeState.IN_REVIEW, DateFault.REPLY_BY.value
        # What was approved is frozen until it is approved no more.
        history.move(notice, to=to, action="recompose", now=now, by=by, reason=why)
        write_restated(notice=notice, found=found)
        notice.save()
        return True
    history.move(notice, to=NoticeState.RETURNED, action="return", now=now, by=by, reason=", ".join(reasons))
    return True


def revoke_approval(*, notice: Notice, reasons: list[str], now: datetime) -> bool:
    """Revoke an approval that let nothing out, with its planned deliveries; the review begins afresh.

    False, and nothing changed, if the notice is past review and a provider may have it. The caller
    holds the notice's lock and moves the notice on.
    """
    if notice.state not in UNSENT_NOTICE_STATES:
        return False
    if may_be_out(Delivery.objects.select_for_update().filter(notice=notice)):
        return False
    cancel_pending(notice=notice, reason=", ".join(reasons), now=now)
    # Of an approval only this may change, and no page may change it by itself.
    with bank_wide("an approval whose content is true no longer"):
        Approval.objects.filter(notice=notice, revoked_at__isnull=True).update(revoked_at=now)
    notice.approved_at = None
    ask_reviewers(notice=notice, now=now)
    return True
