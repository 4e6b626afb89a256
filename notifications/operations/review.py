"""HR review: approve, return, resubmit, cancel. Nobody approves what they, or whom their right comes from, wrote."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.clocks import business_span
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.refusals import Conflict, NotSecondPerson, ReasonMissing, Refused
from hrportal.kernel.task_wakeups import wake
from notifications.enums import NoticeState
from notifications.models import Approval, Notice, NoticeTransition
from notifications.operations.outdated import NoticeOutdated, outdated, return_outdated, revoke_approval
from notifications.operations.planning import AT_ONCE, plan_deliveries
from notifications.operations.reply_by import restate_reply_by
from notifications.operations.stopping import stop_unsent_notice
from notifications.operations.transitions import DISPATCH_TASK, ask_reviewers, lock_notice
from notifications.queries.authors import may_review
from notifications.queries.content import current_content_hash
from notifications.queries.recipients import current_addresses

# What an undone approval gives back: the review goes on where it was.
REVIEW_TIMES = ("due_at", "escalate_at", "remind_at", "reminded_at", "escalated_to")
# What was approved by a key, or many at once, waits so long before anything leaves: real time, a person reacts.
UNDO = timedelta(seconds=10)
DECIDED = _("This notice has already been decided by someone else.")
WORKED_ON = _(
    "You, or the person who granted your access, worked on this notice. Another person has to approve it."
)
CONTENT_CHANGED = _("The notice changed after you opened it. Read it again before you decide.")


def approve(
    *, notice_id: UUID, content_hash: str, now: datetime, by: User, hold: timedelta = AT_ONCE
) -> Notice:
    """Approve exactly the content the reviewer saw, and plan its deliveries, due after ``hold``.

    The time to reply is counted from now on, as the reviewer's page showed it; the approval covers that date.

    Raises:
        Conflict: not in review any more.
        NotSecondPerson: the reviewer, or whom their right comes from, had a hand in it.
        Conflict: ``content_hash`` is not that of the row, or the row was tampered with.
        NoticeOutdated: a date leaves too little time, or a fact has changed; the notice was returned.
    """
    with transaction.atomic():
        notice = _seen(notice_id, content_hash, by, now=now)
        reasons = outdated([notice], now=now).get(notice.pk)
        if reasons:
            return_outdated(notice=notice, reasons=reasons, now=now)
        else:
            _approve(notice, now=now, by=by, hold=hold)
    # After the commit: being returned must stand although the approval is refused.
    if reasons:
        raise NoticeOutdated(reasons, _("Not approved. The notice was returned for revision: %(reasons)s."))
    return notice


def _seen(notice_id: UUID, content_hash: str, by: User, *, now: datetime) -> Notice:
    notice = lock_notice(notice_id)
    if notice.state != NoticeState.IN_REVIEW:
        raise Conflict(DECIDED)
    if not may_review(notice, by, now=now):
        raise NotSecondPerson(WORKED_ON)
    if not content_hash == notice.content_hash == current_content_hash(notice):
        raise Conflict(CONTENT_CHANGED)
    return notice


def _approve(notice: Notice, *, now: datetime, by: User, hold: timedelta) -> None:
    if restate_reply_by(notice=notice, now=now):
        last_day: str = notice.context["reply_by"]["date"]
        history.record(notice, action="count_reply_by", now=now, reason=last_day)
    addresses = {kind: str(row.pk) for (_, kind), row in current_addresses([notice.recipient_id]).items()}
    approval = Approval.objects.create(
        notice=notice, content_hash=notice.content_hash, reviewer=by, at=now, addresses=addresses
    )
    notice.approved_at = now
    history.move(notice, to=NoticeState.APPROVED, action="approve", now=now, by=by)
    plan_deliveries(notice=notice, approval=approval, now=now, hold=hold)
    wake(DISPATCH_TASK)


def approve_many(*, seen: Mapping[UUID, str], now: datetime, by: User) -> dict[UUID, Refused]:
    """Approve several notices, each on its own; returns what ``approve`` raised for those that were not.

    Nothing leaves before ``UNDO`` is over.
    """
    refused: dict[UUID, Refused] = {}
    for notice_id, content_hash in seen.items():
        try:
            approve(notice_id=notice_id, content_hash=content_hash, now=now, by=by, hold=business_span(UNDO))
        except Refused as refusal:
            refused[notice_id] = refusal
    return refused


@transaction.atomic
def undo_approval(*, notice_id: UUID, now: datetime, by: User) -> Notice:
    """Put a notice back into review, at its old place, as long as nothing of it has left.

    Raises:
        Conflict: it is not approved any more, somebody else approved it, or a provider may have it.
    """
    notice = lock_notice(notice_id)
    own = Approval.objects.filter(notice=notice, revoked_at__isnull=True, reviewer=by)
    due = {name: getattr(notice, name) for name in REVIEW_TIMES}
    is_own = notice.state == NoticeState.APPROVED and own.exists()
    if not is_own or not revoke_approval(notice=notice, reasons=["undone"], now=now):
        raise Conflict(DECIDED)
    for name, value in due.items():
        setattr(notice, name, value)
    history.move(notice, to=NoticeState.IN_REVIEW, action="undo", now=now, by=by)
    return notice


def undo_approvals(*, notice_ids: Iterable[UUID], now: datetime, by: User) -> int:
    """Undo several, each on its own; how many were in time."""
    done = 0
    for notice_id in notice_ids:
        try:
            undo_approval(notice_id=notice_id, now=now, by=by)
        except Conflict:
            continue
        done += 1
    return done


@transaction.atomic
def return_notice(*, notice_id: UUID, reason: str, now: datetime, by: User) -> Notice:
    """Send a notice back to be mended.

    Raises:
        Conflict: not in review any more.
        ReasonMissing: no reason given.
    """
    if not reason.strip():
        raise ReasonMissing
    notice = lock_notice(notice_id)
    if notice.state != NoticeState.IN_REVIEW:
        raise Conflict(DECIDED)
    history.move(notice, to=NoticeState.RETURNED, action="return", now=now, by=by, reason=reason.strip())
    return notice


@transaction.atomic
def resubmit(*, notice_id: UUID, now: datetime, by: User) -> Notice:
    """Put a returned notice before the reviewers again, with a fresh deadline.

    Raises:
        Conflict: it was not returned.
        NoticeOutdated: it must be written anew first.
    """
    notice = lock_notice(notice_id)
    if notice.state != NoticeState.RETURNED:
        raise Conflict(DECIDED)
    if reasons := outdated([notice], now=now).get(notice.pk):
        raise NoticeOutdated(reasons, _("Update the notice before you submit it: %(reasons)s."))
    restate_reply_by(notice=notice, now=now)
    ask_reviewers(notice=notice, now=now)
    history.move(notice, to=NoticeState.IN_REVIEW, action="resubmit", now=now, by=by)
    return notice


def require_content_seen(*, notice_id: UUID, seen: str | None) -> None:
    """Lock a notice and compare it with the content that its author had open.

    Raises:
        EditConflict: somebody edited it meanwhile.
    """
    notice = lock_notice(notice_id)
    transitions = NoticeTransition.objects.filter(subject=notice, action__in=("compose", "edit", "recompose"))
    last = transitions.select_related("by").order_by("pk").last()
    require_seen(seen, notice.content_hash, by=last and last.by, at=last and last.at)


def cancel(*, notice_id: UUID, reason: str, now: datetime, by: User) -> None:
    """Stop a notice that has not gone out, with a written reason.

    Raises:
        ReasonMissing: no reason given.
        Conflict: a provider was called already, or the notice has ended.
    """
    if not reason.strip():
        raise ReasonMissing
    if not stop_unsent_notice(notice_id=notice_id, reason=reason.strip(), now=now, by=by, announce=True):
        raise Conflict(DECIDED)
