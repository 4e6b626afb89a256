"""Telling a candidate what became of an offer after its notice went out.

The row says what about; what is said is decided when it leaves, from what is true then. News that
something newer has overtaken is not sent.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy, override

from branches.queries.calendar import bank_calendar
from hrportal.kernel import history
from hrportal.kernel.clocks import business_span
from hrportal.kernel.outbox import NOTHING_TO_SAY, Outbox, OutboxState, PlainMessage, is_on
from hrportal.kernel.task_wakeups import wake
from notifications.channels import CHANNELS
from notifications.enums import (
    TAKEN_DELIVERY_STATES,
    ChannelCode,
    DeliveryState,
    FollowUpKind,
    NoticeState,
    NoticeUpdateKind,
)
from notifications.links import link_of
from notifications.models import Address, Delivery, Notice, NoticeUpdate
from notifications.operations.continuing import may_be_known
from notifications.operations.follow_ups import open_follow_up
from notifications.operations.rate_limits import consume_rate_limits
from notifications.queries.recipients import address_as_approved, approval_of, usable_addresses
from notifications.rendering.updates import update_text

TASK = "notifications.tasks.send_notice_updates"
# Those that take a free text.
WAYS = (ChannelCode.SMS, ChannelCode.EMAIL, ChannelCode.APP)
WAIT_FOR_SEND = timedelta(minutes=1)
CAP_PAUSE = timedelta(hours=12)
ENDINGS = (
    NoticeUpdateKind.REVOKED,
    NoticeUpdateKind.RELEASED,
    NoticeUpdateKind.WITHDRAWN,
    NoticeUpdateKind.RENEGED,
    NoticeUpdateKind.NO_SHOW,
)
ANSWERS = (NoticeUpdateKind.ACCEPTED, NoticeUpdateKind.DECLINED)
DEADLINES = (NoticeUpdateKind.EXTENDED, NoticeUpdateKind.REOPENED, NoticeUpdateKind.CORRECTED)
FIRST_DAYS = (
    NoticeUpdateKind.FIRST_DAY,
    NoticeUpdateKind.FIRST_DAY_PROPOSED,
    NoticeUpdateKind.FIRST_DAY_KEPT,
)
TOPICS = (ENDINGS, ANSWERS, DEADLINES, FIRST_DAYS)
ENDED_STATES = (NoticeState.REVOKED, NoticeState.CANCELLED, NoticeState.EXPIRED)


def tell_candidate(*, notice: Notice, kind: NoticeUpdateKind, now: datetime, day: date | None = None) -> None:
    """Tell the recipient of a notice, by the way that reached them; where there is none, a person does.

    Who never got the notice is told nothing.
    """
    if may_be_known(notice):
        _put(notice, kind, day=day, asked_at=now, now=now)


def _put(
    notice: Notice,
    kind: str,
    *,
    day: date | None,
    asked_at: datetime,
    now: datetime,
    tried: Collection[str] = (),
) -> None:
    way = next(((channel, address) for channel, address in _ways(notice) if channel not in tried), None)
    if way is None:
        _hand_over(notice, kind, now=now)
        return
    update = NoticeUpdate.objects.create(
        notice=notice, kind=kind, day=day, channel=way[0], address=way[1], asked_at=asked_at, due_at=now
    )
    history.record(update, action="ask", now=now, was="")
    wake(TASK)


def _ways(notice: Notice) -> list[tuple[str, Address]]:
    """Channels with the address that the notice goes to, those first whose provider took it."""
    rows, approval = usable_addresses([notice.recipient_id]), approval_of(notice)
    if approval is None:
        return []
    taken = set(
        Delivery.objects.filter(notice=notice, state__in=TAKEN_DELIVERY_STATES).values_list(
            "channel", flat=True
        )
    )
    found = [
        (channel, address)
        for channel in WAYS
        if is_on(channel)
        and (address := address_as_approved(rows, CHANNELS[channel].address, approval=approval))
    ]
    return sorted(found, key=lambda way: way[0] not in taken)


def _hand_over(notice: Notice, kind: str, *, now: datetime) -> None:
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.UPDATE_UNDELIVERED,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
        detail=kind,
    )


def is_true(update: NoticeUpdate) -> bool:
    """Whether it is still so and nothing newer says more: at most three queries."""
    notice, kind = update.notice, NoticeUpdateKind(update.kind)
    topic = next(kinds for kinds in TOPICS if kind in kinds)
    newer = NoticeUpdate.objects.filter(notice=notice, pk__gt=update.pk, kind__in=topic)
    if newer.exists():
        return False
    if topic is ENDINGS:
        later = Notice.objects.filter(recipient=notice.recipient_id, composed_at__gt=notice.composed_at)
        return notice.state in ENDED_STATES and not later.filter(sent_at__isnull=False).exists()
    if topic is ANSWERS:
        return notice.state == NoticeState.CLOSED and notice.stop_reason == kind
    if topic is DEADLINES:
        return notice.state == NoticeState.SENT
    return notice.state == NoticeState.SENT or (
        notice.state == NoticeState.CLOSED and notice.stop_reason == NoticeUpdateKind.ACCEPTED
    )


def _rows() -> QuerySet[NoticeUpdate]:
    return NoticeUpdate.objects.select_related(
        "address", "notice__recipient", "notice__branch", "notice__position", "notice__review_policy"
    )


def _message(row: NoticeUpdate, now: datetime) -> PlainMessage | datetime | None:
    notice = row.notice
    if row.address is None or not is_true(row):
        return None
    if Delivery.objects.filter(notice=notice, state=DeliveryState.SENDING).exists():
        # What is being sent in this moment must not come after it.
        return now + business_span(WAIT_FOR_SEND)
    if row.kind in ENDINGS and not may_be_known(notice):
        return None
    if quiet_until := bank_calendar().end_of_quiet_hours(now):
        return quiet_until
    if consume_rate_limits([(row.address.pk, row.channel)], now=now) == [False]:
        return now + CAP_PAUSE
    english = notice.language.startswith("en")
    with override(notice.language):
        subject, text = update_text(
            NoticeUpdateKind(row.kind),
            {
                "bank": settings.BANK_NAME_EN if english else settings.BANK_NAME_ZH,
                "branch": notice.branch.name,
                "position": notice.position.name_en if english else notice.position.name_zh,
                "phone": notice.branch.phone or "–",
                "reply_by": date_format(notice.reply_by, "DATE_FORMAT"),
                "day": date_format(row.day, "DATE_FORMAT") if row.day else "",
                "link": link_of(notice.pk),
            },
        )
    return PlainMessage(
        address=row.address.value.decrypt(), subject=subject, text=text, link=link_of(notice.pk)
    )


def _note(update: NoticeUpdate, was: str, now: datetime) -> None:
    history.record(update, action="send", now=now, was=was, reason=update.code)
    if update.state == OutboxState.UNKNOWN:
        _hand_over(update.notice, update.kind, now=now)
    elif update.state == OutboxState.FAILED and update.code != NOTHING_TO_SAY:
        since = NoticeUpdate.objects.filter(
            notice=update.notice, kind=update.kind, day=update.day, asked_at=update.asked_at
        )
        tried = set(since.values_list("channel", flat=True))
        _put(update.notice, update.kind, day=update.day, asked_at=update.asked_at, now=now, tried=tried)


OUTBOX = Outbox(
    "notice_updates",
    rows=_rows,
    message=_message,
    note=_note,
    label=gettext_lazy("Informing candidates of changes to their offers"),
    recording=gettext_lazy("Recording delivery of changes to candidates"),
    task=TASK,
)
