"""What a provider answered, or nobody knows that it did: written down with all that follows from it."""

import random
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.clocks import business_span
from hrportal.kernel.task_wakeups import wake
from notifications.channels import CHANNELS
from notifications.enums import (
    DeliveryState,
    NoticeEventKind,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Delivery, Receipt
from notifications.operations.planning import after_failure
from notifications.operations.rate_limits import refund_rate_limit
from notifications.operations.read_receipts import raise_evidence
from notifications.operations.recipients import mark_address_bad
from notifications.operations.transitions import (
    lock_notice,
    publish_event,
)
from notifications.providers.base import Outcome, SendResult

RECEIPTS_TASK = "notifications.tasks.apply_receipts"
MAX_RETRIES = 5
FIRST_BACKOFF_SECONDS = 20
THROTTLE_SECONDS = 5
POLL_AFTER = timedelta(minutes=2)


def defer(delivery: Delivery, until: datetime, reason: str, *, now: datetime) -> None:
    """Plan it for later. The caller holds the row's lock."""
    delivery.due_at = until
    history.move(delivery, to=DeliveryState.PLANNED, action="defer", now=now, reason=reason)


@transaction.atomic
def release_delivery(*, delivery_id: UUID, now: datetime) -> None:
    """A claimed row that nobody called a provider for is due again at once, as if it had not been taken."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state == DeliveryState.SENDING:
        _refund(delivery, now=now)
        history.move(
            delivery, to=DeliveryState.PLANNED, action="release_delivery", now=now, reason="not_called"
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
            defer(delivery, now + business_span(wait), "throttled", now=now)
        case Outcome.TRANSIENT:
            _refund(delivery, now=now)
            _retry_or_fail(delivery, now=now)
        case Outcome.UNKNOWN:
            history.move(delivery, to=DeliveryState.UNKNOWN, action="lose_sight", now=now, reason=result.code)


def record_accept(*, delivery: Delivery, provider_id: str, now: datetime, by: User | None = None) -> None:
    """The provider took it, or ``by`` found out that it did. The caller holds notice and delivery locked.

    Idempotent providers name the same message twice when asked twice; a second attempt that got
    the first one's name is the same message, so it keeps no name of its own.
    """
    action = "declare" if by else "accept"
    delivery.accepted_at = now
    delivery.check_at = _first_poll(delivery, provider_id, now=now)
    try:
        with transaction.atomic():
            delivery.provider_id = provider_id[:120]
            history.move(delivery, to=DeliveryState.ACCEPTED, action=action, now=now, by=by)
    except IntegrityError:
        delivery.provider_id, delivery.check_at = "", None
        history.move(
            delivery, to=DeliveryState.ACCEPTED, action=action, now=now, by=by, reason="same message"
        )
    else:
        _wake_receipts(delivery, now=now)
    notice = delivery.notice
    if notice.evidence < NoticeEvidence.READ:
        notice.chase_at = now + timedelta(minutes=notice.review_policy.unread_minutes)
        notice.save(update_fields=["chase_at"])
    if notice.state == NoticeState.APPROVED:
        notice.sent_at = now
        history.move(notice, to=NoticeState.SENT, action="send", now=now, reason=delivery.channel)
        publish_event(notice=notice, kind=NoticeEventKind.SENT, now=now)
    raise_evidence(notice=notice, to=NoticeEvidence.ACCEPTED, now=now, source=delivery.channel)
    wake(RECEIPTS_TASK)


def _first_poll(delivery: Delivery, provider_id: str, *, now: datetime) -> datetime | None:
    """When what a last resort took and does not report is asked for; only its provider can be asked, by its name."""
    if not CHANNELS[delivery.channel].is_last_resort or not provider_id:
        return None
    return now + business_span(POLL_AFTER)


def _wake_receipts(delivery: Delivery, *, now: datetime) -> None:
    """Receipts that were faster than the accept wait no longer."""
    Receipt.objects.filter(
        provider=delivery.provider, provider_id=delivery.provider_id, outcome="", due_at__gt=now
    ).exclude(provider_id="").update(due_at=now)


def record_failure(
    *, delivery: Delivery, address_is_bad: bool, now: datetime, by: User | None = None
) -> None:
    """Failed for good, or ``by`` found out that it never went; the caller holds notice and delivery locked."""
    if address_is_bad and delivery.address_id is not None:
        mark_address_bad(address_id=delivery.address_id, reason=delivery.code)
    action = "declare" if by else "fail"
    history.move(delivery, to=DeliveryState.FAILED, action=action, now=now, by=by, reason=delivery.code)
    after_failure(delivery=delivery, now=now)


def _retry_or_fail(delivery: Delivery, *, now: datetime) -> None:
    if delivery.retries >= MAX_RETRIES:
        record_failure(delivery=delivery, address_is_bad=False, now=now)
        return
    backoff = FIRST_BACKOFF_SECONDS * 2**delivery.retries
    delivery.retries += 1
    # Full jitter keeps a thousand refused sends from coming back in the same second.
    wait = timedelta(seconds=backoff * (0.5 + random.random()))  # noqa: S311 - not for secrets
    defer(delivery, now + wait, "transient", now=now)


def _refund(delivery: Delivery, *, now: datetime) -> None:
    if delivery.address_id is not None:
        refund_rate_limit(
            address_id=delivery.address_id, channel=delivery.channel, now=delivery.claimed_at or now
        )
