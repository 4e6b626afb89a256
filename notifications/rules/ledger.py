"""One batch of answers or news: the rows that it moves, and all that follows from that. Pure.

Functions here change the rows in memory and note what else is to be written;
``notifications.operations.ledger`` has locked the rows before and writes afterwards.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hrportal.kernel.clocks import business_span
from hrportal.kernel.history import Moves
from notifications.channels import CHANNELS
from notifications.enums import (
    OPEN_DELIVERY_STATES,
    TAKEN_DELIVERY_STATES,
    DeliveryState,
    FollowUpKind,
    NoticeEventKind,
    NoticeEvidence,
    NoticeState,
    StepCondition,
)
from notifications.rules.rows import DeliveryRow, NoticeRow

# What was read and not answered is asked for so long before the time to reply is over.
LAST_DAY = timedelta(days=1)
POLL_AFTER = timedelta(minutes=2)
SAME_MESSAGE = "same message"
_TIMES = {
    NoticeEvidence.ACCEPTED: "sent_at",
    NoticeEvidence.DELIVERED: "delivered_at",
    NoticeEvidence.READ: "read_at",
    NoticeEvidence.REPLIED: "replied_at",
}


@dataclass(frozen=True, slots=True)
class WantedFollowUp:
    """A task for a person; ``detail`` is the delivery's code unless given."""

    notice: NoticeRow
    kind: FollowUpKind
    delivery: DeliveryRow | None = None
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What a batch has under its locks, and what it will write.

    Attributes:
        now: business time.
        taken_names: of messages (provider, its name for one) that deliveries have already.
        news: names of messages accepted just now, whose receipts wait no longer.
        failed: deliveries that have failed for good, before what follows from it.
        reached: notices that were read or answered just now, and by which word.
        refunds: what counts against a cap no longer: address, channel, when it was counted.
        bad_addresses: and why.
    """

    now: datetime
    notices: dict[UUID, NoticeRow]
    deliveries: dict[UUID, DeliveryRow]
    delivery_moves: Moves[DeliveryRow]
    notice_moves: Moves[NoticeRow]
    taken_names: set[tuple[str, str]] = field(default_factory=set)
    news: list[tuple[str, str]] = field(default_factory=list)
    failed: list[DeliveryRow] = field(default_factory=list)
    reached: dict[UUID, str] = field(default_factory=dict)
    events: list[tuple[UUID, NoticeEventKind]] = field(default_factory=list)
    refunds: list[tuple[UUID, str, datetime]] = field(default_factory=list)
    bad_addresses: dict[UUID, str] = field(default_factory=dict)
    follow_ups: list[WantedFollowUp] = field(default_factory=list)

    def notice_of(self, delivery: DeliveryRow) -> NoticeRow:
        """The notice it belongs to."""
        return self.notices[delivery.notice_id]


def accept(ledger: Ledger, delivery: DeliveryRow, *, provider_id: str, by: Any = None) -> None:
    """The provider took it, or the person ``by`` found out that it did.

    Idempotent providers name the same message twice when asked twice; a second attempt that got
    the first one's name is the same message, so it keeps no name of its own.
    """
    now, name = ledger.now, (delivery.provider, provider_id[:120])
    is_known = bool(provider_id) and name in ledger.taken_names
    delivery.accepted_at, delivery.provider_id, delivery.check_at = now, "", None
    if provider_id and not is_known:
        delivery.provider_id = name[1]
        ledger.taken_names.add(name)
        ledger.news.append(name)
        # What a last resort took and does not report is asked for, and only by its name.
        if CHANNELS[delivery.channel].is_last_resort:
            delivery.check_at = now + business_span(POLL_AFTER)
    reason = SAME_MESSAGE if is_known else ""
    action = "declare" if by else "accept"
    ledger.delivery_moves.move(
        delivery, to=DeliveryState.ACCEPTED, action=action, now=now, by=by, reason=reason
    )
    notice = ledger.notice_of(delivery)
    if notice.evidence < NoticeEvidence.READ:
        notice.chase_at = now + timedelta(minutes=notice.unread_minutes)
        ledger.notice_moves.change(notice)
    if notice.state == NoticeState.APPROVED:
        notice.sent_at = now
        ledger.notice_moves.move(notice, to=NoticeState.SENT, action="send", now=now, reason=delivery.channel)
        ledger.events.append((notice.pk, NoticeEventKind.SENT))
    raise_evidence(ledger, notice, to=NoticeEvidence.ACCEPTED, source=delivery.channel)


def raise_evidence(ledger: Ledger, notice: NoticeRow, *, to: NoticeEvidence, source: str) -> bool:
    """Lift the notice to a state; False if it stands there or higher already.

    From "read" on nothing of it is pending and nobody needs to reach the recipient, see ``conclude``.
    """
    if notice.evidence >= to:
        return False
    now, column = ledger.now, _TIMES[to]
    ledger.notice_moves.record(notice, action=to.name.lower(), now=now, source=source)
    notice.evidence = to
    if getattr(notice, column) is None:
        setattr(notice, column, now)
    if to >= NoticeEvidence.READ:
        notice.chase_at = notice.reply_by - LAST_DAY
        if notice.state in (NoticeState.APPROVED, NoticeState.SENT):
            ledger.reached[notice.pk] = to.name.lower()
    ledger.notice_moves.change(notice)
    return True


def fail(ledger: Ledger, delivery: DeliveryRow, *, address_is_bad: bool = False, by: Any = None) -> None:
    """Failed for good with the code it has, or the person ``by`` found out that it never went."""
    if address_is_bad and delivery.address_id is not None:
        ledger.bad_addresses[delivery.address_id] = delivery.code
    action = "declare" if by else "fail"
    ledger.delivery_moves.move(
        delivery, to=DeliveryState.FAILED, action=action, now=ledger.now, by=by, reason=delivery.code
    )
    ledger.failed.append(delivery)


def conclude(ledger: Ledger) -> None:
    """What follows for the other deliveries of a notice, once all of them are in the ledger."""
    of_notice: dict[UUID, list[DeliveryRow]] = {}
    for delivery in ledger.deliveries.values():
        of_notice.setdefault(delivery.notice_id, []).append(delivery)
    for delivery in ledger.failed:
        after_failure(
            ledger, delivery, others=[one for one in of_notice[delivery.notice_id] if one is not delivery]
        )
    for notice_id, reason in ledger.reached.items():
        for delivery in of_notice.get(notice_id, []):
            if delivery.state == DeliveryState.PLANNED:
                ledger.delivery_moves.move(
                    delivery, to=DeliveryState.CANCELLED, action="cancel", now=ledger.now, reason=reason
                )


def after_failure(ledger: Ledger, delivery: DeliveryRow, *, others: list[DeliveryRow]) -> None:
    """A delivery failed for good or was skipped: bring the next step forward, or hand over to a person.

    Steps that wait for "unread" need not wait when nothing that was sent can still be read.
    """
    notice, now = ledger.notice_of(delivery), ledger.now
    is_last_resort = CHANNELS[delivery.channel].is_last_resort
    if is_last_resort:
        ledger.follow_ups.append(WantedFollowUp(notice, FollowUpKind.SMS_FAILED, delivery))
    if any(other.state in TAKEN_DELIVERY_STATES for other in others):
        return
    waiting = [other for other in others if other.state == DeliveryState.PLANNED]
    in_flight = [other for other in others if other.state in OPEN_DELIVERY_STATES and other not in waiting]
    if in_flight or any(other.condition == StepCondition.ALWAYS for other in waiting):
        return
    if waiting:
        following = min(waiting, key=lambda other: other.order)
        if following.due_at > now:
            following.due_at = now
            ledger.delivery_moves.move(
                following,
                to=DeliveryState.PLANNED,
                action="bring_forward",
                now=now,
                reason="earlier steps failed",
            )
        return
    if not is_last_resort:
        ledger.follow_ups.append(WantedFollowUp(notice, FollowUpKind.NO_CHANNEL))
