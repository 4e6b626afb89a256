"""Sending: claim rows and commit, call the providers outside any transaction, record the answers."""

import time
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from hrportal.kernel import history
from hrportal.kernel.clocks import real_seconds
from hrportal.kernel.stopping import asked_to_stop
from hrportal.kernel.sweeps import Round, Sweep, drop_lost_connection, place_of
from notifications.channels import CHANNELS, end_of_quiet_hours
from notifications.enums import (
    DeliveryState,
    FollowUpKind,
    NoticeEvidence,
    NoticeState,
)
from notifications.hooks import reasons_not_to_send
from notifications.models import Address, Delivery
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.outdated import outdated, return_outdated
from notifications.operations.planning import CHANNEL_OFF, NO_ADDRESS, after_failure
from notifications.operations.rate_limits import consume_rate_limits
from notifications.operations.recording import MAX_RETRIES, defer, record_send_result, release_delivery
from notifications.operations.stopping import repeated
from notifications.operations.transitions import DISPATCH_TASK, lock_notice
from notifications.providers.base import Outcome, OutgoingMessage, Provider, SendResult
from notifications.providers.deadlines import within
from notifications.providers.registry import choose, providers, providers_of
from notifications.queries.content import current_content_hash
from notifications.queries.messages import outgoing_message
from notifications.queries.recipients import address_as_approved, usable_addresses

CALLERS = 16
CAP_PAUSE = timedelta(hours=12)
OUTDATED, WINDOW_OVER = "outdated", "dedupe_window_over"
DEDUPE_MARGIN = timedelta(minutes=1)
SEND = Sweep("send", label=_("Sending due deliveries"), task=DISPATCH_TASK)
END = Sweep("end_unsent", label=_("Cancelling blocked deliveries"), task=SEND.task)
# What cannot be recorded now is "sending" until this sweep takes it up as lost.
MARK_UNKNOWN = Sweep(
    "mark_lost", label=_("Recording delivery results"), task="notifications.tasks.settle_unknown_sends"
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery this process may send now, with its message."""

    delivery_id: UUID
    provider: str
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
    _record_all(call_providers(claimed), now=now)
    return looked_at


def _record_all(answers: Iterable[tuple[Claimed, SendResult | None]], *, now: datetime) -> None:
    """Write every answer down. What cannot be written has a second turn when all others had theirs.

    Raises:
        OperationalError, InterfaceError: the connection or the server failed at both turns of an answer.
    """
    left: list[tuple[Claimed, SendResult | None]] = []
    for item, result in answers:
        try:
            _record(item, result, now=now)
        except Exception:  # noqa: BLE001 - it has its second turn, where it tells
            left.append((item, result))
            # A connection that was lost must not cost the others their answers as well.
            drop_lost_connection()
    recording, failure = MARK_UNKNOWN.round(now=now), None
    for item, result in left:
        try:
            with recording.row(item.delivery_id):
                _record(item, result, now=now)
        except (OperationalError, InterfaceError) as error:
            failure = failure or error
            drop_lost_connection()
    if failure:
        raise failure


def _record(item: Claimed, result: SendResult | None, *, now: datetime) -> None:
    if result is None:
        release_delivery(delivery_id=item.delivery_id, now=now)
    else:
        record_send_result(delivery_id=item.delivery_id, result=result, now=now)


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
    """What the provider answered. A fault of its client may have struck after the accept."""
    if asked_to_stop() or time.monotonic() > begin_until:
        return None
    try:
        # A send may be several calls: a token, the message, both again. Together they have the time of one.
        with within(settings.PROVIDER_TIMEOUT_SECONDS):
            return providers()[item.provider].send(item.message)
    except Exception as fault:  # noqa: BLE001 - its neighbours' answers are on their way
        log.error(  # noqa: TRY400 - the text of an exception may hold an address
            "A provider's client failed",
            provider=item.provider,
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
    sound: list[tuple[Delivery, Provider, Address]] = []
    ending: list[_Ending] = []
    for delivery in due:
        if reason := checks.reason_to_end(delivery):
            ending.append(_Ending(delivery.pk, reason))
        elif not _deferred_or_cancelled(delivery, now=now):
            provider, address = checks.provider(delivery), checks.address(delivery)
            if provider and address:
                sound.append((delivery, provider, address))
    taken = _within_the_cap(sound, now=now)
    history.move_all(
        taken,
        to=DeliveryState.SENDING,
        action="claim",
        now=now,
        columns=["provider", "address", "claimed_at"],
    )
    return ending + [
        Claimed(delivery.pk, delivery.provider, outgoing_message(delivery)) for delivery in taken
    ]


def _lock_due(sending: Round, ending: Round, *, limit: int) -> list[Delivery]:
    rows = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=DeliveryState.PLANNED, due_at__lte=sending.now, notice__held_at__isnull=True
    )
    return list(
        ending.due(sending.due(rows))
        .select_related("notice__recipient", "notice__branch", "notice__review_policy", "approval")
        .prefetch_related("notice__versions")
        .order_by("due_at")[:limit]
    )


@dataclass(frozen=True, slots=True)
class _Checks:
    """What is asked once for a whole batch: addresses, objections of the guards above, what grew old or is repeated."""

    addresses: list[Address]
    objections: dict[UUID, str]
    outdated: Collection[UUID]
    repeated: dict[UUID, datetime]
    now: datetime

    @classmethod
    def of(cls, due: list[Delivery], *, now: datetime) -> "_Checks":
        subjects = {delivery.notice.subject_ref for delivery in due}
        objections: dict[UUID, str] = {}
        for found in reasons_not_to_send(subjects):
            objections |= found
        notices = {delivery.notice_id: delivery.notice for delivery in due}
        return cls(
            usable_addresses({notice.recipient_id for notice in notices.values()}),
            objections,
            outdated(notices.values(), now=now),
            repeated(due),
            now,
        )

    def address(self, delivery: Delivery) -> Address | None:
        own = [row for row in self.addresses if row.recipient_id == delivery.notice.recipient_id]
        return address_as_approved(own, CHANNELS[delivery.channel].address, approval=delivery.approval)

    def provider(self, delivery: Delivery) -> Provider | None:
        given_to = delivery.provider if delivery.pk in self.repeated else ""
        return choose(providers_of(delivery.channel), given_to=given_to)

    def reason_to_end(self, delivery: Delivery) -> str:
        notice = delivery.notice
        if not is_wanted(delivery):
            return ""
        approval = delivery.approval
        is_approved = approval.revoked_at is None and approval.content_hash == notice.content_hash
        if not is_approved or notice.content_hash != current_content_hash(notice):
            return "content_differs_from_approval"
        if objection := self.objections.get(notice.subject_ref):
            return objection
        if notice.pk in self.outdated:
            return OUTDATED
        return self._missing(delivery)

    def _missing(self, delivery: Delivery) -> str:
        provider, first_try = self.provider(delivery), self.repeated.get(delivery.pk)
        if not provider:
            return CHANNEL_OFF
        if first_try and not is_deduped(provider, since=first_try, now=self.now):
            return WINDOW_OVER
        return "" if self.address(delivery) else NO_ADDRESS


def is_deduped(provider: Provider, *, since: datetime, now: datetime) -> bool:
    """Whether the provider still knows a message that it may have taken then, so that a repeat is harmless."""
    age = timedelta(seconds=real_seconds(now - since))
    return age < provider.dedupe_window - DEDUPE_MARGIN


def is_wanted(delivery: Delivery) -> bool:
    """Whether the recipient still waits for it: the notice goes on and nobody has read it yet."""
    notice = delivery.notice
    if notice.state not in (NoticeState.APPROVED, NoticeState.SENT):
        return False
    # A further attempt was decided by a person, who may know of the read.
    return notice.evidence < NoticeEvidence.READ or delivery.attempt > 1


def _deferred_or_cancelled(delivery: Delivery, *, now: datetime) -> bool:
    if not is_wanted(delivery):
        history.move(
            delivery, to=DeliveryState.CANCELLED, action="cancel", now=now, reason=delivery.notice.state
        )
        return True
    observes = CHANNELS[delivery.channel].observes_quiet_hours and not delivery.urgent
    if observes and (quiet_until := end_of_quiet_hours(now)):
        defer(delivery, quiet_until, "quiet_hours", now=now)
        return True
    return False


def _within_the_cap(sound: list[tuple[Delivery, Provider, Address]], *, now: datetime) -> list[Delivery]:
    """Those whose recipients may get one more message today, with provider and address; the others wait."""
    asked = [(address.pk, delivery.channel) for delivery, _provider, address in sound]
    taken = []
    for (delivery, provider, address), may_go in zip(sound, consume_rate_limits(asked, now=now), strict=True):
        if may_go:
            delivery.provider, delivery.address, delivery.claimed_at = provider.name, address, now
            taken.append(delivery)
        else:
            defer(delivery, now + CAP_PAUSE, "daily_cap", now=now)
    return taken


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
    has_no_way = reason in (NO_ADDRESS, CHANNEL_OFF, WINDOW_OVER)
    if repeated([delivery]):
        # Not said again; what became of the first time is looked up.
        to, action, delivery.retries = DeliveryState.UNKNOWN, "guard", MAX_RETRIES
    elif has_no_way:
        to, action = DeliveryState.SKIPPED, "skip"
    else:
        to, action = DeliveryState.CANCELLED, "guard"
    history.move(delivery, to=to, action=action, now=now, reason=reason)
    if to == DeliveryState.SKIPPED:
        after_failure(delivery=delivery, now=now)
    if has_no_way:
        return
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
