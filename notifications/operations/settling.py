"""Sends whose outcome is unknown, and accepted messages whose callback never came."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from branches.models import User
from hrportal.kernel.clocks import real_seconds
from hrportal.kernel.wakeups import wake
from notifications.channels.base import LookUp, Outcome, SendResult
from notifications.channels.registry import get_channel
from notifications.enums import ChannelCode, DeliveryState, FollowUpKind
from notifications.models import Delivery
from notifications.operations.dispatch import MAX_RETRIES, record_accept, record_failure, record_send_result
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.moves import lock_notice, move_delivery
from notifications.operations.planning import plan_another_attempt
from notifications.operations.receipts import store_receipts
from notifications.queries.messages import outgoing_message

# A call cannot be under way longer than its time-out; beyond this its process is gone.
LOST_AFTER_TIMEOUTS = 3
# The provider's own records may lag behind its accepts or be out of reach for a moment, so one
# "not found" proves nothing.
LOOK_UPS = 4
POLL_AFTER_SECONDS = 120
DISPATCH_TASK = "notifications.tasks.dispatch_due"


def mark_lost_sends(*, now: datetime) -> int:
    """Turn "sending" rows of processes that are gone into "unknown"; returns how many."""
    lost = 0
    for pk, claimed_at in Delivery.objects.filter(state=DeliveryState.SENDING).values_list(
        "pk", "claimed_at"
    ):
        patience = settings.PROVIDER_TIMEOUT_SECONDS * LOST_AFTER_TIMEOUTS
        if claimed_at is not None and real_seconds(now - claimed_at) > patience:
            result = SendResult(outcome=Outcome.UNKNOWN, code="no_answer_recorded")
            record_send_result(delivery_id=pk, result=result, now=now)
            lost += 1
    return lost


def settle_unknown_sends(*, now: datetime, limit: int = 50) -> int:
    """Settle unknown sends by evidence, or hand them to a person; returns how many were tried.

    A look-up may find the message. Where the provider dedupes and its window is still open, the
    same attempt is repeated with the same key. Otherwise only a person may decide.
    """
    mark_lost_sends(now=now)
    unknown = list(
        Delivery.objects.filter(state=DeliveryState.UNKNOWN)
        .exclude(follow_ups__kind=FollowUpKind.UNKNOWN_SEND)
        .select_related("notice__recipient", "address")
        .order_by("claimed_at")[:limit]
    )
    for delivery in unknown:
        _settle(delivery, now=now)
    return len(unknown)


def _settle(delivery: Delivery, *, now: datetime) -> None:
    channel = get_channel(delivery.channel)
    age = timedelta(seconds=real_seconds(now - (delivery.claimed_at or now)))
    if age < channel.dedupe_window - timedelta(minutes=1) and delivery.retries < MAX_RETRIES:
        _repeat(delivery.pk, now=now)
        return
    since = datetime.now(UTC) - age - timedelta(minutes=1)
    found = channel.look_up(outgoing_message(delivery), since=since)
    if found is not None and found.found:
        _accept_found(delivery.pk, found, now=now)
    elif delivery.look_ups + 1 >= LOOK_UPS:
        _hand_over(delivery.pk, now=now)
    else:
        Delivery.objects.filter(pk=delivery.pk).update(look_ups=delivery.look_ups + 1)


def _accept_found(delivery_id: UUID, found: LookUp, *, now: datetime) -> None:
    result = SendResult(outcome=Outcome.ACCEPTED, provider_id=found.provider_id, code=found.code)
    record_send_result(delivery_id=delivery_id, result=result, now=now)


@transaction.atomic
def _repeat(delivery_id: UUID, *, now: datetime) -> None:
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state != DeliveryState.UNKNOWN:
        return
    delivery.due_at = now
    delivery.retries += 1
    move_delivery(
        delivery=delivery, to=DeliveryState.PLANNED, verb="repeat", now=now, reason="within the dedupe window"
    )


@transaction.atomic
def _hand_over(delivery_id: UUID, *, now: datetime) -> None:
    delivery = Delivery.objects.select_related("notice__recipient", "notice__review_policy").get(
        pk=delivery_id
    )
    if delivery.state != DeliveryState.UNKNOWN:
        return
    notice = delivery.notice
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.UNKNOWN_SEND,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
        delivery_id=delivery.pk,
        detail=delivery.channel,
    )


@transaction.atomic
def declare_unknown_send(
    *, delivery_id: UUID, was_taken: bool, send_again: bool, now: datetime, by: User
) -> Delivery:
    """A person settles an unknown send: it went out after all, or it did not; then perhaps once more.

    What follows is what follows an accept or a failure that the provider itself told of.
    """
    notice = lock_notice(Delivery.objects.only("notice_id").get(pk=delivery_id).notice_id)
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.notice = notice
    if delivery.state != DeliveryState.UNKNOWN:
        return delivery
    if was_taken:
        record_accept(delivery=delivery, provider_id="", now=now, by=by)
    elif send_again:
        move_delivery(
            delivery=delivery, to=DeliveryState.FAILED, verb="declare", now=now, by=by, reason="not taken"
        )
        plan_another_attempt(notice=notice, channel=ChannelCode(delivery.channel), now=now)
        wake(DISPATCH_TASK)
    else:
        delivery.code = "not taken"
        record_failure(delivery=delivery, address_is_bad=False, now=now, by=by)
    return delivery


def poll_missing_receipts(*, now: datetime, limit: int = 50) -> int:
    """Ask for the status of accepted SMS whose callback never came; returns how many were asked."""
    cutoff = now - timedelta(seconds=POLL_AFTER_SECONDS * settings.CLOCK_RATE)
    silent = (
        Delivery.objects.filter(state=DeliveryState.ACCEPTED, channel=ChannelCode.SMS, accepted_at__lt=cutoff)
        .filter(Q(polled_at__isnull=True) | Q(polled_at__lt=cutoff))
        .exclude(provider_id="")
        .order_by("accepted_at")[:limit]
    )
    asked = 0
    for delivery in silent:
        asked += 1
        Delivery.objects.filter(pk=delivery.pk).update(polled_at=now)
        fact = get_channel(delivery.channel).fetch_status(delivery.provider_id)
        if fact is not None:
            store_receipts(channel=delivery.channel, facts=[fact], now=now, delivery_id=delivery.pk)
    return asked
