"""Sending: claim rows and commit, call the providers outside any transaction, record the answers."""

import random
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel.stopping import asked_to_stop
from hrportal.kernel.sweeps import Round, Sweep, place_of
from hrportal.kernel.wakeups import wake
from notifications.channels.base import Outcome, OutgoingMessage, SendResult
from notifications.channels.deadlines import within
from notifications.channels.registry import get_channel, is_on
from notifications.enums import (
    ADDRESS_OF_CHANNEL,
    ChannelCode,
    DeliveryState,
    FollowUpKind,
    NoticeEventKind,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Address, Delivery, Receipt
from notifications.operations.allowances import refund_allowance, take_allowance
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.moves import claim_deliveries, lock_notice, move_delivery, move_notice, tell
from notifications.operations.outdated import outdated, return_outdated
from notifications.operations.planning import CHANNEL_OFF, NO_ADDRESS, after_failure
from notifications.operations.reading import raise_evidence
from notifications.operations.recipients import mark_address_bad
from notifications.operations.stopping import was_repeated
from notifications.queries.content import current_content_hash
from notifications.queries.messages import outgoing_message
from notifications.queries.recipients import address_as_approved, usable_addresses
from notifications.quiet import end_of_quiet_hours

RECEIPTS_TASK = "notifications.tasks.apply_receipts"
MAX_RETRIES = 5
FIRST_BACKOFF_SECONDS = 20
THROTTLE_SECONDS = 5
POLL_AFTER = timedelta(minutes=2)
CALLERS = 16
CAP_PAUSE = timedelta(hours=12)
OUTDATED = "outdated"
SEND = Sweep("send", label=_("Sending due deliveries"), task="notifications.tasks.dispatch_due")
END = Sweep("end_unsent", label=_("Ending deliveries that must not go out"), task=SEND.task)
# What cannot be recorded now is "sending" until this sweep takes it up as lost.
MARK_LOST = Sweep(
    "mark_lost", label=_("Recording what became of sends"), task="notifications.tasks.settle_unknown_sends"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery this process may send now, with its message."""

    delivery_id: UUID
    channel: str
    message: OutgoingMessage


@dataclass(frozen=True, slots=True)
class _Ending:
    """A delivery that must end unsent, and why."""

    delivery_id: UUID
    reason: str


def dispatch_due(*, now: datetime, limit: int = 64) -> int:
    """Send up to ``limit`` due deliveries; returns how many rows were looked at.

    Between claim and record no transaction is open. A process killed there leaves rows in
    "sending", which ``settle_unknown_sends`` takes up. Rows whose call was not begun are given back.
    """
    looked_at, claimed = claim_due(now=now, limit=limit)
    recording = MARK_LOST.round(now=now)
    for item, result in call_providers(claimed):
        with recording.row(item.delivery_id):
            if result is None:
                give_back(delivery_id=item.delivery_id, now=now)
            else:
                record_send_result(delivery_id=item.delivery_id, result=result, now=now)
    return looked_at


def call_providers(claimed: list[Claimed]) -> Iterable[tuple[Claimed, SendResult | None]]:
    """Call each message's provider once, several at a time; yields answers as they come in order.

    None for those that were not called: the process was asked to stop, or slow providers held all
    callers for so long that the row would soon look as if its process were gone.
    """
    if not claimed:
        return
    begin_until = time.monotonic() + settings.PROVIDER_TIMEOUT_SECONDS
    with ThreadPoolExecutor(max_workers=min(CALLERS, len(claimed))) as pool:
        futures = [(item, pool.submit(_call, item, begin_until)) for item in claimed]
        for item, future in futures:
            yield item, future.result()


def _call(item: Claimed, begin_until: float) -> SendResult | None:
    """What the provider answered. A fault of the channel's own code may have struck after the accept."""
    if asked_to_stop() or time.monotonic() > begin_until:
        return None
    try:
        # A send may be several calls: a token, the message, both again. Together they have the time of one.
        with within(settings.PROVIDER_TIMEOUT_SECONDS):
            return get_channel(item.channel).send(item.message)
    except Exception as fault:  # noqa: BLE001 - its neighbours' answers are on their way
        log.error(  # noqa: TRY400 - the text of an exception may hold an address
            "A channel failed",
            channel=item.channel,
            delivery=str(item.delivery_id),
            error=type(fault).__name__,
            raised_at=place_of(fault),
        )
        return SendResult(outcome=Outcome.UNKNOWN, code=f"internal_error: {type(fault).__name__}")


def claim_due(*, now: datetime, limit: int) -> tuple[int, list[Claimed]]:
    """Take due rows nobody else holds, check each once more, mark them "sending".

    A row whose message cannot be made is left unclaimed and set aside. Rows that must end instead
    (nobody to write to, a guard objects) are ended one by one afterwards: that needs the notice's
    lock, which is always taken before a delivery's.
    """
    sending, ending = SEND.round(now=now), END.round(now=now)
    with transaction.atomic():
        due = _lock_due(sending, ending, limit=limit)
        results = sending.batch(due, partial(_claim, now=now))
    for result in results:
        if isinstance(result, _Ending):
            with ending.row(result.delivery_id):
                end_unsent(delivery_id=result.delivery_id, reason=result.reason, now=now)
    return len(due), [result for result in results if isinstance(result, Claimed)]


def _claim(due: list[Delivery], *, now: datetime) -> list[Claimed | _Ending]:
    """Claim what may go out. The caller holds the rows' locks."""
    checks = _Checks.of(due, now=now)
    taken: list[Delivery] = []
    ending: list[_Ending] = []
    for delivery in due:
        if reason := checks.reason_to_end(delivery):
            ending.append(_Ending(delivery.pk, reason))
        elif not _put_off_or_cancelled(delivery, now=now):
            address = checks.address(delivery)
            if address is not None and _may_still_take(delivery, address, now=now):
                taken.append(delivery)
    claim_deliveries(deliveries=taken, now=now)
    return ending + [Claimed(delivery.pk, delivery.channel, outgoing_message(delivery)) for delivery in taken]


def _lock_due(sending: Round, ending: Round, *, limit: int) -> list[Delivery]:
    rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=DeliveryState.PLANNED, due_at__lte=sending.now
    )
    return list(
        ending.due(sending.due(rows))
        .select_related("notice__recipient", "notice__branch", "notice__review_policy", "approval")
        .prefetch_related("notice__versions")
        .order_by("due_at")[:limit]
    )


@dataclass(frozen=True, slots=True)
class _Checks:
    """What is asked once for a whole batch: addresses, objections of the guards above, what grew old."""

    addresses: list[Address]
    objections: dict[UUID, str]
    outdated: Collection[UUID]

    @classmethod
    def of(cls, due: list[Delivery], *, now: datetime) -> "_Checks":
        subjects = {delivery.notice.subject_ref for delivery in due}
        objections: dict[UUID, str] = {}
        for guard in _guards():
            objections |= guard(subjects)
        notices = {delivery.notice_id: delivery.notice for delivery in due}
        return cls(
            usable_addresses({notice.recipient_id for notice in notices.values()}),
            objections,
            outdated(notices.values(), now=now),
        )

    def address(self, delivery: Delivery) -> Address | None:
        kind = ADDRESS_OF_CHANNEL[ChannelCode(delivery.channel)]
        own = [row for row in self.addresses if row.recipient_id == delivery.notice.recipient_id]
        return address_as_approved(own, kind, approval=delivery.approval)

    def reason_to_end(self, delivery: Delivery) -> str:
        notice = delivery.notice
        if not _is_wanted(delivery):
            return ""
        approval = delivery.approval
        is_approved = approval.revoked_at is None and approval.content_hash == notice.content_hash
        if not is_approved or notice.content_hash != current_content_hash(notice):
            return "content_differs_from_approval"
        if objection := self.objections.get(notice.subject_ref):
            return objection
        if notice.pk in self.outdated:
            return OUTDATED
        return CHANNEL_OFF if not is_on(delivery.channel) else "" if self.address(delivery) else NO_ADDRESS


@cache
def _guards() -> list[Callable[[Collection[UUID]], dict[UUID, str]]]:
    return [import_string(path) for path in settings.NOTICE_SEND_GUARDS]


def _is_wanted(delivery: Delivery) -> bool:
    notice = delivery.notice
    if notice.state not in (NoticeState.APPROVED, NoticeState.SENT):
        return False
    # A further attempt was decided by a person, who may know of the read.
    return notice.evidence < NoticeEvidence.READ or delivery.attempt > 1


def _put_off_or_cancelled(delivery: Delivery, *, now: datetime) -> bool:
    if not _is_wanted(delivery):
        move_delivery(
            delivery=delivery,
            to=DeliveryState.CANCELLED,
            verb="cancel",
            now=now,
            reason=delivery.notice.state,
        )
        return True
    observes = get_channel(delivery.channel).observes_quiet_hours and not delivery.urgent
    if observes and (quiet_until := end_of_quiet_hours(now)):
        _put_off(delivery, quiet_until, "quiet_hours", now=now)
        return True
    return False


def _may_still_take(delivery: Delivery, address: Address, *, now: datetime) -> bool:
    if not take_allowance(address=address, channel=delivery.channel, now=now):
        _put_off(delivery, now + CAP_PAUSE, "daily_cap", now=now)
        return False
    delivery.address, delivery.claimed_at = address, now
    return True


@transaction.atomic
def end_unsent(*, delivery_id: UUID, reason: str, now: datetime) -> None:
    """End a planned delivery that must not go out.

    A person is told, unless only an address or the channel was missing and another step follows. What is
    true no longer goes back to its authors as long as no provider may have it.
    """
    notice = lock_notice(Delivery.objects.only("notice_id").get(pk=delivery_id).notice_id)
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.notice = notice
    if delivery.state != DeliveryState.PLANNED:
        return
    if reason == OUTDATED:
        # Asked again under the lock: somebody may have mended it in this moment.
        reasons = outdated([notice], now=now).get(notice.pk)
        if not reasons or return_outdated(notice=notice, reasons=reasons, now=now):
            return
        reason = ", ".join(reasons)
    delivery.code = reason[:80]
    if reason in (NO_ADDRESS, CHANNEL_OFF):
        move_delivery(delivery=delivery, to=DeliveryState.SKIPPED, verb="skip", now=now, reason=reason)
        after_failure(delivery=delivery, now=now)
        return
    if was_repeated(delivery):
        # Not said again; what became of the first time is looked up.
        delivery.retries = MAX_RETRIES
        move_delivery(delivery=delivery, to=DeliveryState.UNKNOWN, verb="guard", now=now, reason=reason)
    else:
        move_delivery(delivery=delivery, to=DeliveryState.CANCELLED, verb="guard", now=now, reason=reason)
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.GUARD_STOPPED,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
        delivery_id=delivery.pk,
        detail=reason,
    )


def _put_off(delivery: Delivery, until: datetime, reason: str, *, now: datetime) -> None:
    delivery.due_at = until
    move_delivery(delivery=delivery, to=DeliveryState.PLANNED, verb="put_off", now=now, reason=reason)


@transaction.atomic
def give_back(*, delivery_id: UUID, now: datetime) -> None:
    """A claimed row that nobody called a provider for is due again at once, as if it had not been taken."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state == DeliveryState.SENDING:
        _refund(delivery, now=now)
        move_delivery(
            delivery=delivery, to=DeliveryState.PLANNED, verb="give_back", now=now, reason="not_called"
        )


@transaction.atomic
def record_send_result(*, delivery_id: UUID, result: SendResult, now: datetime) -> None:
    """Write down what the provider answered.

    An answer that comes after the row was settled by other evidence changes nothing.
    """
    # The notice first, then its deliveries: the same order everywhere.
    notice = lock_notice(Delivery.objects.only("notice_id").get(pk=delivery_id).notice_id)
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.notice = notice
    if delivery.state not in (DeliveryState.SENDING, DeliveryState.UNKNOWN):
        return
    delivery.code = result.code[:80]
    match result.outcome:
        case Outcome.ACCEPTED:
            record_accept(delivery=delivery, provider_id=result.provider_id, now=now)
        case Outcome.PERMANENT:
            _refund(delivery, now=now)
            record_failure(delivery=delivery, address_is_bad=result.address_is_bad, now=now)
        case Outcome.THROTTLED:
            _refund(delivery, now=now)
            wait = result.retry_after or timedelta(seconds=THROTTLE_SECONDS)
            _put_off(delivery, now + _in_business_time(wait), "throttled", now=now)
        case Outcome.TRANSIENT:
            _refund(delivery, now=now)
            _retry_or_fail(delivery, now=now)
        case Outcome.UNKNOWN:
            move_delivery(
                delivery=delivery, to=DeliveryState.UNKNOWN, verb="lose_sight", now=now, reason=result.code
            )


def record_accept(*, delivery: Delivery, provider_id: str, now: datetime, by: User | None = None) -> None:
    """The provider took it, or ``by`` found out that it did. The caller holds notice and delivery locked.

    Idempotent providers name the same message twice when asked twice; a second attempt that got
    the first one's name is the same message, so it keeps no name of its own.
    """
    verb = "declare" if by else "accept"
    delivery.accepted_at = now
    delivery.check_at = _first_poll(delivery, provider_id, now=now)
    try:
        with transaction.atomic():
            delivery.provider_id = provider_id[:120]
            move_delivery(delivery=delivery, to=DeliveryState.ACCEPTED, verb=verb, now=now, by=by)
    except IntegrityError:
        delivery.provider_id, delivery.check_at = "", None
        move_delivery(
            delivery=delivery, to=DeliveryState.ACCEPTED, verb=verb, now=now, by=by, reason="same message"
        )
    else:
        _wake_receipts(delivery, now=now)
    notice = delivery.notice
    if notice.evidence < NoticeEvidence.READ:
        notice.chase_at = now + timedelta(minutes=notice.review_policy.unread_minutes)
        notice.save(update_fields=["chase_at"])
    if notice.state == NoticeState.APPROVED:
        notice.sent_at = now
        move_notice(notice=notice, to=NoticeState.SENT, verb="send", now=now, reason=delivery.channel)
        tell(notice=notice, kind=NoticeEventKind.SENT, now=now)
    raise_evidence(notice=notice, to=NoticeEvidence.ACCEPTED, now=now, source=delivery.channel)
    wake(RECEIPTS_TASK)


def _first_poll(delivery: Delivery, provider_id: str, *, now: datetime) -> datetime | None:
    """When an SMS whose callback does not come is asked for; only its provider can be asked, by name."""
    if delivery.channel != ChannelCode.SMS or not provider_id:
        return None
    return now + _in_business_time(POLL_AFTER)


def _wake_receipts(delivery: Delivery, *, now: datetime) -> None:
    """Receipts that were faster than the accept wait no longer."""
    Receipt.objects.filter(
        channel=delivery.channel, provider_id=delivery.provider_id, outcome="", due_at__gt=now
    ).exclude(provider_id="").update(due_at=now)


def record_failure(
    *, delivery: Delivery, address_is_bad: bool, now: datetime, by: User | None = None
) -> None:
    """Failed for good, or ``by`` found out that it never went; the caller holds notice and delivery locked."""
    if address_is_bad and delivery.address_id is not None:
        mark_address_bad(address_id=delivery.address_id, reason=delivery.code)
    verb = "declare" if by else "fail"
    move_delivery(delivery=delivery, to=DeliveryState.FAILED, verb=verb, now=now, by=by, reason=delivery.code)
    after_failure(delivery=delivery, now=now)


def _retry_or_fail(delivery: Delivery, *, now: datetime) -> None:
    if delivery.retries >= MAX_RETRIES:
        record_failure(delivery=delivery, address_is_bad=False, now=now)
        return
    backoff = FIRST_BACKOFF_SECONDS * 2**delivery.retries
    delivery.retries += 1
    # Full jitter keeps a thousand refused sends from coming back in the same second.
    wait = timedelta(seconds=backoff * (0.5 + random.random()))  # noqa: S311 - not for secrets
    _put_off(delivery, now + wait, "transient", now=now)


def _refund(delivery: Delivery, *, now: datetime) -> None:
    if delivery.address_id is not None:
        refund_allowance(
            address_id=delivery.address_id, channel=delivery.channel, now=delivery.claimed_at or now
        )


def _in_business_time(span: timedelta) -> timedelta:
    # A provider counts real seconds; due times are business time.
    return span * settings.CLOCK_RATE
