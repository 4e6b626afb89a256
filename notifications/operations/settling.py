"""Sends whose outcome is unknown, and accepted messages whose callback never came."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.clocks import business_span, real_seconds
from hrportal.kernel.stopping import until_stopped
from hrportal.kernel.sweeps import Key, Sweep
from hrportal.kernel.task_wakeups import wake
from notifications.enums import ChannelCode, DeliveryState, FollowUpKind, NoticeEvidence, NoticeState
from notifications.models import Delivery, Notice
from notifications.operations.dispatch import MARK_UNKNOWN
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.ledger import lock_ledger, write_ledger
from notifications.operations.planning import plan_another_attempt
from notifications.operations.receipts import store_receipts
from notifications.operations.recording import record_answers, record_send_result
from notifications.operations.transitions import DISPATCH_TASK, lock_notice
from notifications.providers.base import LookUp, Outcome, SendResult
from notifications.providers.registry import providers
from notifications.queries.messages import outgoing_message
from notifications.rules.answers import MAX_RETRIES
from notifications.rules.ledger import POLL_AFTER, accept, fail
from notifications.rules.sending import is_deduped, is_wanted

# A call cannot be under way longer than its time-out; beyond this its process is gone.
UNKNOWN_AFTER_TIMEOUTS = 3
# The provider's own records may lag behind its accepts or be out of reach for a moment, so one
# "not found" proves nothing.
LOOK_UPS = 4
LOOK_UP_PAUSE = timedelta(seconds=2)
# A silent SMS is asked for whenever its age has doubled; after a day no carrier reports any more.
POLL_UNTIL = timedelta(days=1)
BATCH = 50
TASK = MARK_UNKNOWN.task
SETTLE = Sweep("settle_unknown", label=_("Resolving deliveries with unknown outcome"), task=TASK)
POLL = Sweep("poll_receipts", label=_("Requesting missing delivery reports"), task=TASK)


def mark_unknown_sends(*, now: datetime, limit: int = BATCH) -> int:
    """Turn "sending" rows of processes that are gone into "unknown"; returns how many were looked at."""
    marking = MARK_UNKNOWN.round(now=now)
    patience = timedelta(seconds=settings.PROVIDER_TIMEOUT_SECONDS * UNKNOWN_AFTER_TIMEOUTS)
    lost = marking.due(
        Delivery.objects.filter(
            state=DeliveryState.SENDING, claimed_at__lt=now - business_span(patience)
        ).order_by("claimed_at")
    )
    rows = [Key(pk) for pk in lost.values_list("pk", flat=True)[:limit]]
    marking.batch(rows, partial(_mark_lost, now=now))
    return len(rows)


def _mark_lost(rows: Sequence[Key], *, now: datetime) -> list[None]:
    lost = SendResult(outcome=Outcome.UNKNOWN, code="no_answer_recorded")
    record_answers({row.pk: lost for row in rows}, now=now)
    return []


def settle_unknown_sends(*, now: datetime, limit: int = BATCH) -> int:
    """Settle unknown sends by evidence, or hand them to a person; returns how many were tried.

    A look-up may find the message. Where the provider dedupes and its window is still open, an
    attempt that is still wanted is repeated with the same key. Otherwise only a person may decide.
    """
    settling = SETTLE.round(now=now)
    unknown = settling.due(
        Delivery.objects.filter(state=DeliveryState.UNKNOWN, check_at__lte=now)
        .select_related("notice__recipient", "address")
        .order_by("check_at")
    )
    rows = list(unknown[:limit])
    for delivery in until_stopped(rows):
        # Whoever takes it first moves it on, so that no two workers ask at once.
        pause = LOOK_UP_PAUSE * 2**delivery.look_ups
        with settling.row(delivery.pk, atomic=False):
            if _next_check(delivery, now + business_span(pause)):
                _settle(delivery, now=now)
    return len(rows)


def _settle(delivery: Delivery, *, now: datetime) -> None:
    provider = providers().get(delivery.provider)
    if provider is None:
        # The bank no longer has it, so it cannot be asked.
        _hand_over(delivery.pk, now=now)
        return
    claimed_at = delivery.claimed_at or now
    is_known = is_deduped(provider.dedupe_window, since=claimed_at, now=now)
    may_repeat = is_known and delivery.retries < MAX_RETRIES
    notice = delivery.notice
    # What nobody waits for would be cancelled instead of sent again, and the first be forgotten.
    if may_repeat and is_wanted(state=notice.state, evidence=notice.evidence, attempt=delivery.attempt):
        _repeat(delivery.pk, now=now)
        return
    age = timedelta(seconds=real_seconds(now - claimed_at), minutes=1)
    message = outgoing_message(delivery, notice=notice, address=delivery.address)
    found = provider.look_up(message, since=datetime.now(UTC) - age)
    if found is not None and found.found:
        _accept_found(delivery.pk, found, now=now)
    elif delivery.look_ups + 1 >= LOOK_UPS:
        _hand_over(delivery.pk, now=now)
    else:
        Delivery.objects.filter(pk=delivery.pk).update(look_ups=delivery.look_ups + 1)


def _next_check(delivery: Delivery, at: datetime | None) -> bool:
    """Move the next check on; False if another worker or other evidence was faster."""
    unchanged = Delivery.objects.filter(pk=delivery.pk, state=delivery.state, check_at=delivery.check_at)
    return bool(unchanged.update(check_at=at))


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
    history.move(
        delivery, to=DeliveryState.PLANNED, action="repeat", now=now, reason="within the dedupe window"
    )


@transaction.atomic
def _hand_over(delivery_id: UUID, *, now: datetime) -> None:
    notice = lock_notice(Delivery.objects.only("notice_id").get(pk=delivery_id).notice_id)
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state != DeliveryState.UNKNOWN:
        return
    delivery.check_at = None
    delivery.save(update_fields=["check_at"])
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
    ledger = lock_ledger(now=now, delivery_ids=[delivery_id])
    delivery = ledger.deliveries[delivery_id]
    if delivery.state == DeliveryState.UNKNOWN:
        if was_taken:
            accept(ledger, delivery, provider_id="", by=by)
        elif send_again:
            ledger.delivery_moves.move(
                delivery, to=DeliveryState.FAILED, action="declare", now=now, by=by, reason="not taken"
            )
        else:
            delivery.code = "not taken"
            fail(ledger, delivery, by=by)
        write_ledger(ledger)
        if send_again and not was_taken:
            notice = Notice.objects.get(pk=delivery.notice_id)
            plan_another_attempt(notice=notice, channel=ChannelCode(delivery.channel), now=now)
            wake(DISPATCH_TASK)
    return Delivery.objects.get(pk=delivery_id)


def poll_missing_receipts(*, now: datetime, limit: int = BATCH) -> int:
    """Ask for the status of accepted messages whose callback never came; returns how many were asked."""
    polling = POLL.round(now=now)
    silent = polling.due(
        Delivery.objects.filter(state=DeliveryState.ACCEPTED, check_at__lte=now).order_by("check_at")
    )
    rows = list(silent[:limit])
    for delivery in until_stopped(rows):
        with polling.row(delivery.pk, atomic=False):
            _poll(delivery, now=now)
    return len(rows)


def _poll(delivery: Delivery, *, now: datetime) -> None:
    age = timedelta(seconds=real_seconds(now - (delivery.accepted_at or now)))
    is_last = age >= POLL_UNTIL
    pause = min(max(age, POLL_AFTER), max(POLL_UNTIL - age, POLL_AFTER))
    if not _next_check(delivery, now + business_span(pause)):
        return
    # A provider that the bank no longer has cannot be asked.
    provider = providers().get(delivery.provider)
    fact = provider.fetch_status(delivery.provider_id) if provider else None
    is_news = fact is not None and store_receipts(
        provider=delivery.provider, facts=[fact], now=now, delivery_id=delivery.pk
    )
    if is_last and not is_news:
        _stop_polling(delivery.pk, now=now)


@transaction.atomic
def _stop_polling(delivery_id: UUID, *, now: datetime) -> None:
    """No report will come: a person looks after whoever has read nothing until now."""
    notice = lock_notice(Delivery.objects.only("notice_id").get(pk=delivery_id).notice_id)
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    if delivery.state != DeliveryState.ACCEPTED:
        return
    delivery.check_at = None
    history.move(delivery, to=DeliveryState.ACCEPTED, action="stop_polling", now=now)
    if notice.state == NoticeState.SENT and notice.evidence < NoticeEvidence.READ:
        open_follow_up(
            branch_id=notice.branch_id,
            subject_ref=notice.subject_ref,
            label=notice.recipient.name,
            kind=FollowUpKind.NO_RECEIPT,
            now=now,
            minutes=notice.review_policy.follow_up_minutes,
            notice_id=notice.pk,
            delivery_id=delivery.pk,
        )
