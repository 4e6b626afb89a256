"""The rows of one batch: locked in the order that everybody takes them, and written in a handful of statements."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from hrportal.kernel import bulk
from hrportal.kernel.history import Moves
from hrportal.kernel.task_wakeups import wake
from notifications.models import Delivery, Notice, NoticeEvent, Recipient, ReviewPolicy
from notifications.operations.follow_ups import open_follow_up, resolve_reaching_follow_ups
from notifications.operations.rate_limits import refund_rate_limits
from notifications.operations.recipients import mark_address_bad
from notifications.operations.transitions import EVENTS_TASK
from notifications.rules.ledger import Ledger, WantedFollowUp, conclude
from notifications.rules.rows import (
    DELIVERY_COLUMNS,
    DELIVERY_KEYS,
    NOTICE_COLUMNS,
    NOTICE_KEYS,
    DeliveryRow,
    NoticeRow,
)

RECEIPTS_TASK = "notifications.tasks.apply_receipts"
# Receipts that were faster than the accept wait no longer. One that is being applied just now is left alone:
# whoever does that waits for the notice that we hold.
_WAKE_RECEIPTS = """
UPDATE notifications_receipt SET due_at = %(now)s WHERE id IN (
    SELECT waiting.id FROM notifications_receipt waiting
    JOIN unnest(%(providers)s::text[], %(names)s::text[]) AS named (provider, provider_id)
        ON waiting.provider = named.provider AND waiting.provider_id = named.provider_id
    WHERE waiting.outcome = '' AND waiting.due_at > %(now)s
    FOR UPDATE OF waiting SKIP LOCKED
)
"""
_TAKEN_NAMES = """
SELECT d.provider, d.provider_id FROM notifications_delivery d
JOIN unnest(%s::text[], %s::text[]) AS named (provider, provider_id)
    ON d.provider = named.provider AND d.provider_id = named.provider_id
WHERE d.provider_id <> ''
"""


def lock_ledger(
    *,
    now: datetime,
    notice_ids: Iterable[UUID] = (),
    delivery_ids: Collection[UUID] = (),
    waits: bool = True,
) -> Ledger:
    """Lock notices, then deliveries, each in the order of their keys.

    Args:
        now: business time.
        notice_ids: of notices; those of the deliveries come with them.
        delivery_ids: of deliveries.
        waits: without it, notices that somebody holds are left out, and their deliveries with them.
    """
    wanted = {*notice_ids}
    if delivery_ids:
        # A delivery stays with its notice, so this may be read before the lock.
        wanted |= set(Delivery.objects.filter(pk__in=delivery_ids).values_list("notice_id", flat=True))
    held = Notice.objects.select_for_update(skip_locked=not waits).filter(pk__in=wanted).order_by("pk")
    notices = [NoticeRow(*values) for values in held.values_list(*NOTICE_KEYS, *NOTICE_COLUMNS)]
    policies = ReviewPolicy.objects.filter(pk__in={notice.review_policy_id for notice in notices})
    minutes = {pk: rest for pk, *rest in policies.values_list("pk", "unread_minutes", "follow_up_minutes")}
    for notice in notices:
        notice.unread_minutes, notice.follow_up_minutes = minutes[notice.review_policy_id]
    ledger = Ledger(
        now=now,
        notices={notice.pk: notice for notice in notices},
        deliveries={},
        delivery_moves=Moves(Delivery, DELIVERY_COLUMNS),
        notice_moves=Moves(Notice, NOTICE_COLUMNS),
    )
    if delivery_ids:
        _lock_deliveries(ledger, pk__in=delivery_ids, notice_id__in=ledger.notices)
    return ledger


def _lock_deliveries(ledger: Ledger, **which: Collection[UUID]) -> None:
    rows = Delivery.objects.select_for_update().filter(**which).order_by("pk")
    for values in rows.values_list(*DELIVERY_KEYS, *DELIVERY_COLUMNS):
        # What this batch has moved already stays as it moved it.
        ledger.deliveries.setdefault(values[0], DeliveryRow(*values))


def find_taken_names(ledger: Ledger, names: Collection[tuple[str, str]]) -> None:
    """Let the ledger know which of these messages deliveries have already."""
    if names:
        providers, provider_ids = (list(part) for part in zip(*names, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(_TAKEN_NAMES, [providers, provider_ids])
            ledger.taken_names |= set(cursor.fetchall())


def write_ledger(ledger: Ledger) -> None:
    """Write what was decided, with all that follows from it."""
    if concerned := {delivery.notice_id for delivery in ledger.failed} | ledger.reached.keys():
        _lock_deliveries(ledger, notice_id__in=concerned)
        conclude(ledger)
    for address_id, reason in ledger.bad_addresses.items():
        mark_address_bad(address_id=address_id, reason=reason)
    ledger.delivery_moves.write()
    ledger.notice_moves.write()
    _publish(ledger)
    refund_rate_limits(
        Counter((address, channel, timezone.localdate(at)) for address, channel, at in ledger.refunds)
    )
    _open_follow_ups(ledger.follow_ups, now=ledger.now)
    if ledger.reached:
        resolve_reaching_follow_ups(notice_ids=ledger.reached, now=ledger.now)
    if ledger.news:
        _wake_receipts(ledger)


def _publish(ledger: Ledger) -> None:
    if ledger.events:
        bulk.insert(
            NoticeEvent, [{"notice_id": pk, "kind": kind, "at": ledger.now} for pk, kind in ledger.events]
        )
        wake(EVENTS_TASK)


def _wake_receipts(ledger: Ledger) -> None:
    providers, names = (list(part) for part in zip(*ledger.news, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_WAKE_RECEIPTS, {"now": ledger.now, "providers": providers, "names": names})
    wake(RECEIPTS_TASK)


def _open_follow_ups(wanted: Collection[WantedFollowUp], *, now: datetime) -> None:
    """Few in any batch, so each by itself."""
    if not wanted:
        return
    recipients = {task.notice.recipient_id for task in wanted}
    labels = dict(Recipient.objects.filter(pk__in=recipients).values_list("pk", "name"))
    for task in wanted:
        open_follow_up(
            branch_id=task.notice.branch_id,
            subject_ref=task.notice.subject_ref,
            label=labels[task.notice.recipient_id],
            kind=task.kind,
            now=now,
            minutes=task.notice.follow_up_minutes,
            notice_id=task.notice.pk,
            delivery_id=task.delivery.pk if task.delivery else None,
            detail=task.detail or (task.delivery.code if task.delivery else ""),
        )
