"""Claiming: what is due is locked, checked once more and marked "sending", a batch in a handful of statements."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.utils.translation import gettext_lazy as _

from branches.queries.calendar import bank_calendar
from hrportal.kernel.history import Moves
from hrportal.kernel.sweeps import Round, Sweep
from notifications.channels import CHANNELS
from notifications.enums import DeliveryState
from notifications.hooks import reasons_not_to_send
from notifications.models import Address, Approval, Delivery, Notice, TemplateVersion
from notifications.operations.ending import end_unsent
from notifications.operations.outdated import outdated
from notifications.operations.rate_limits import consume_rate_limits
from notifications.operations.stopping import repeated
from notifications.operations.transitions import DISPATCH_TASK
from notifications.providers.base import OutgoingMessage, Provider
from notifications.providers.registry import choose, providers_of
from notifications.queries.content import current_content_hash
from notifications.queries.messages import outgoing_message
from notifications.queries.recipients import address_as_approved, usable_addresses
from notifications.rules.rows import DELIVERY_COLUMNS, DELIVERY_KEYS, DeliveryRow
from notifications.rules.sending import Due, Fate, decide, is_deduped

CAP_PAUSE = timedelta(hours=12)
SEND = Sweep("send", label=_("Sending due deliveries"), task=DISPATCH_TASK)
END = Sweep("end_unsent", label=_("Cancelling blocked deliveries"), task=SEND.task)
# What of a notice is asked for here; the rest of its columns are long.
_OF_NOTICE = (
    *(
        "recipient__language",
        "review_policy__min_reply_hours",
        "subject_ref",
        "language",
        "state",
        "evidence",
    ),
    *(
        "context",
        "bodies",
        "plan",
        "onboarding_on",
        "content_hash",
        "preferred_language",
        "reply_by",
        "held_at",
    ),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery this process may send now, with its message."""

    delivery_id: UUID
    channel: str
    provider: str
    message: OutgoingMessage


@dataclass(frozen=True, slots=True)
class _Ending:
    """A delivery that must end unsent, and why."""

    delivery_id: UUID
    reason: str


def claim_due(*, now: datetime, limit: int, but: Collection[str] = ()) -> tuple[int, list[Claimed]]:
    """Take due rows nobody else holds, check each once more, mark them "sending".

    A row whose message cannot be made is left unclaimed and set aside. Rows that must end instead
    (nobody to write to, a guard objects) are ended one by one afterwards: that needs the notice's
    lock, which is always taken before a delivery's. ``but`` are channels of which nothing is taken.
    """
    sending, ending = SEND.round(now=now), END.round(now=now)
    with transaction.atomic():
        due = _lock_due(sending, ending, limit=limit, but=but)
        results = sending.batch(due, partial(_claim, now=now))
    for result in results:
        if isinstance(result, _Ending):
            with ending.row(result.delivery_id):
                end_unsent(delivery_id=result.delivery_id, reason=result.reason, now=now)
    return len(due), [result for result in results if isinstance(result, Claimed)]


def _lock_due(sending: Round, ending: Round, *, limit: int, but: Collection[str]) -> list[DeliveryRow]:
    # Asked by key instead of joined, so that the lock locks one table.
    held = Notice.objects.filter(pk=OuterRef("notice_id"), held_at__isnull=False)
    rows = Delivery.objects.select_for_update(skip_locked=True).filter(
        ~Exists(held), state=DeliveryState.PLANNED, due_at__lte=sending.now
    )
    due = ending.due(sending.due(rows.exclude(channel__in=but) if but else rows))
    found = due.order_by("due_at").values_list(*DELIVERY_KEYS, *DELIVERY_COLUMNS)[:limit]
    return [DeliveryRow(*values) for values in found]


def _claim(due: list[DeliveryRow], *, now: datetime) -> list[Claimed | _Ending]:
    """Claim what may go out. The caller holds the rows' locks."""
    # Should this fail, each row is tried alone as it was.
    rows = [replace(row) for row in due]
    facts, moves = _Facts.of(rows, now=now), Moves[DeliveryRow](Delivery, DELIVERY_COLUMNS)
    ending: list[_Ending] = []
    going: list[DeliveryRow] = []
    for row in rows:
        # Held between the question that found it and the lock.
        if facts.notices[row.notice_id].held_at:
            continue
        verdict = decide(facts.due(row), calendar=bank_calendar(), now=now)
        if verdict.fate is Fate.GO:
            going.append(row)
        elif verdict.fate is Fate.END:
            ending.append(_Ending(row.pk, verdict.reason))
        elif verdict.fate is Fate.CANCEL:
            moves.move(row, to=DeliveryState.CANCELLED, action="cancel", now=now, reason=verdict.reason)
        else:
            _defer(moves, row, verdict.until or now, verdict.reason, now=now)
    taken = _within_the_cap(going, facts, moves, now=now)
    moves.write()
    return [*ending, *(facts.claimed(row) for row in taken)]


def _within_the_cap(
    going: list[DeliveryRow], facts: "_Facts", moves: Moves[DeliveryRow], *, now: datetime
) -> list[DeliveryRow]:
    """Those whose recipients may get one more message today, with provider and address; the others wait."""
    addresses = [facts.address(row) for row in going]
    asked = [(address.pk, row.channel) for row, address in zip(going, addresses, strict=True) if address]
    taken = []
    for row, (address_id, _channel), may_go in zip(
        going, asked, consume_rate_limits(asked, now=now), strict=True
    ):
        provider = facts.provider(row)
        if may_go and provider:
            row.provider, row.address_id, row.claimed_at = provider.name, address_id, now
            moves.move(row, to=DeliveryState.SENDING, action="claim", now=now)
            taken.append(row)
        else:
            _defer(moves, row, now + CAP_PAUSE, "daily_cap", now=now)
    return taken


def _defer(
    moves: Moves[DeliveryRow], row: DeliveryRow, until: datetime, reason: str, *, now: datetime
) -> None:
    row.due_at = until
    moves.move(row, to=DeliveryState.PLANNED, action="defer", now=now, reason=reason)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is asked once for a whole batch: also whether an app objects, what grew old, what is repeated."""

    notices: dict[UUID, Notice]
    approvals: dict[int, Approval]
    addresses: dict[UUID, list[Address]]
    objections: dict[UUID, str]
    outdated: Collection[UUID]
    repeated: dict[UUID, datetime]
    approved: dict[int, bool]
    now: datetime

    @classmethod
    def of(cls, rows: list[DeliveryRow], *, now: datetime) -> "_Facts":
        versions = Prefetch("versions", TemplateVersion.objects.only("pk"))
        notices = (
            Notice.objects.select_related("recipient", "review_policy")
            .prefetch_related(versions)
            .only(*_OF_NOTICE)
            .in_bulk({row.notice_id for row in rows})
        )
        objections: dict[UUID, str] = {}
        for found in reasons_not_to_send({notice.subject_ref for notice in notices.values()}):
            objections |= found
        addresses: dict[UUID, list[Address]] = {}
        for address in usable_addresses({notice.recipient_id for notice in notices.values()}):
            addresses.setdefault(address.recipient_id, []).append(address)
        approvals = Approval.objects.in_bulk({row.approval_id for row in rows})
        return cls(
            notices,
            approvals,
            addresses,
            objections,
            outdated(notices.values(), now=now),
            repeated(rows),
            {
                approval.pk: is_as_approved(notices[approval.notice_id], approval)
                for approval in approvals.values()
            },
            now,
        )

    def due(self, row: DeliveryRow) -> Due:
        """All of it that concerns one delivery, as plain values."""
        notice, provider, first_try = (
            self.notices[row.notice_id],
            self.provider(row),
            self.repeated.get(row.pk),
        )
        return Due(
            channel=row.channel,
            attempt=row.attempt,
            urgent=row.urgent,
            notice_state=notice.state,
            evidence=notice.evidence,
            is_as_approved=self.approved[row.approval_id],
            objection=self.objections.get(notice.subject_ref, ""),
            is_outdated=notice.pk in self.outdated,
            has_provider=provider is not None,
            is_window_over=bool(
                first_try
                and provider
                and not is_deduped(provider.dedupe_window, since=first_try, now=self.now)
            ),
            has_address=self.address(row) is not None,
        )

    def address(self, row: DeliveryRow) -> Address | None:
        own = self.addresses.get(self.notices[row.notice_id].recipient_id, [])
        return address_as_approved(
            own, CHANNELS[row.channel].address, approval=self.approvals[row.approval_id]
        )

    def provider(self, row: DeliveryRow) -> Provider | None:
        given_to = row.provider if row.pk in self.repeated else ""
        return choose(providers_of(row.channel), given_to=given_to)

    def claimed(self, row: DeliveryRow) -> Claimed:
        message = outgoing_message(row, notice=self.notices[row.notice_id], address=self.address(row))
        return Claimed(row.pk, row.channel, row.provider, message)


def is_as_approved(notice: Notice, approval: Approval) -> bool:
    """Whether the content of the row as it stands is the one that the approval is of."""
    is_approved = approval.revoked_at is None and approval.content_hash == notice.content_hash
    return is_approved and notice.content_hash == current_content_hash(notice)
