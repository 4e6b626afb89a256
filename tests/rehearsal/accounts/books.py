"""Both sides' books in memory: the demonstration's own list, the lab's ledger, the portal's rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from branches.models import StaffMessage
from notifications.links import digest_of
from notifications.models import AddressNews, Delivery, FollowUp, Notice
from recruitment.enums import SignalState
from recruitment.models import Application, ApplicationMove, Claim, InterviewSignal, Person, Reply
from tests.rehearsal.facts import SentFacts, understood
from tests.rehearsal.lab import LedgerEntry
from tests.rehearsal.sending import Sent

TAKEN_IN = (SignalState.INGESTED, SignalState.STALE)


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What the accounts need of a notice. Times are business time."""

    id: UUID
    application: UUID
    person: UUID
    state: str
    evidence: int
    ended_at: datetime | None
    stop_reason: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """What the accounts need of a delivery."""

    id: UUID
    notice: UUID
    channel: str
    state: str
    provider_id: str
    condition: str
    was_claimed: bool
    was_accepted: bool


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """What the accounts need of an application."""

    id: UUID
    ref: str
    person: UUID
    state: str
    verdict: str


@dataclass(kw_only=True)
class Books:
    """All rows of the run by the keys that the accounts look them up with."""

    sent: Sequence[Sent]
    ledger: Sequence[LedgerEntry]
    signals: dict[str, tuple[str, bytes]] = field(repr=False)
    applications: dict[str, ApplicationRow] = field(repr=False)
    notices: dict[UUID, NoticeRow] = field(repr=False)
    by_link: dict[bytes, UUID] = field(repr=False)
    deliveries: Sequence[DeliveryRow] = field(repr=False)
    follow_ups: Sequence[tuple[UUID, str, str, UUID | None]] = field(repr=False)
    written_reasons: set[tuple[UUID, str]] = field(repr=False)
    live_claims: dict[UUID, UUID] = field(repr=False)
    replies: Sequence[tuple[UUID, str]] = field(repr=False)
    persons: int
    # Messages outside notices, by provider and its name for them.
    plain: set[tuple[str, str]]

    @classmethod
    def open(cls, *, sent: Iterable[Sent], ledger: Sequence[LedgerEntry]) -> Self:
        """Read the portal's side in one snapshot of the database."""
        with transaction.atomic():
            return cls(
                sent=list(sent),
                ledger=ledger,
                signals=_signals(),
                applications=_applications(),
                notices=_notices(),
                by_link=_links(),
                deliveries=_deliveries(),
                follow_ups=list(FollowUp.objects.values_list("subject_ref", "kind", "state", "delivery_id")),
                written_reasons=_written_reasons(),
                live_claims=dict(
                    Claim.objects.filter(released_at__isnull=True).values_list("person_id", "application_id")
                ),
                replies=list(Reply.objects.values_list("application_id", "kind")),
                persons=Person.objects.count(),
                plain={
                    row
                    for model in (AddressNews, StaffMessage)
                    for row in model.objects.values_list("channel", "provider_id")
                },
            )

    @cached_property
    def facts(self) -> list[SentFacts]:
        """What was sent, accepted and not put into quarantine or dismissed."""
        return [
            one for one in understood(self.sent) if self.signals.get(one.webhook_id, ("", b""))[0] in TAKEN_IN
        ]

    @cached_property
    def tasks(self) -> set[tuple[UUID, str]]:
        """(application, kind) of every follow-up there ever was."""
        return {(subject, kind) for subject, kind, _state, _delivery in self.follow_ups}

    @cached_property
    def subjects_in_hands(self) -> set[UUID]:
        """Applications that a person has or had a follow-up for."""
        return {subject for subject, _kind in self.tasks}

    @cached_property
    def entries_of(self) -> dict[UUID, list[LedgerEntry]]:
        """The ledger by notice, oldest first; entries whose link names no notice are left out."""
        found: defaultdict[UUID, list[LedgerEntry]] = defaultdict(list)
        for entry in self.ledger:
            notice = self.notice_behind(entry)
            if notice is not None:
                found[notice].append(entry)
        return dict(found)

    @cached_property
    def notices_of(self) -> dict[UUID, list[NoticeRow]]:
        """The notices of each application."""
        found: defaultdict[UUID, list[NoticeRow]] = defaultdict(list)
        for notice in self.notices.values():
            found[notice.application].append(notice)
        return dict(found)

    @cached_property
    def deliveries_of(self) -> dict[tuple[UUID, str], list[DeliveryRow]]:
        """The deliveries of each notice on each channel."""
        found: defaultdict[tuple[UUID, str], list[DeliveryRow]] = defaultdict(list)
        for row in self.deliveries:
            found[row.notice, row.channel].append(row)
        return dict(found)

    def notice_behind(self, entry: LedgerEntry) -> UUID | None:
        """The notice that the link in the message opens."""
        token = urlsplit(entry.link).path.rstrip("/").rpartition("/")[2]
        return self.by_link.get(digest_of(token)) if token else None


def _signals() -> dict[str, tuple[str, bytes]]:
    rows = InterviewSignal.objects.values_list("webhook_id", "state", "body_index")
    return {webhook_id: (state, bytes(index)) for webhook_id, state, index in rows}


def _applications() -> dict[str, ApplicationRow]:
    rows = Application.objects.values_list("id", "ref", "person_id", "state", "result__verdict")
    return {row[1]: ApplicationRow(*row[:4], row[4] or "") for row in rows}


def _notices() -> dict[UUID, NoticeRow]:
    rows = Notice.objects.values_list(
        "id", "subject_ref", "recipient__person__id", "state", "evidence", "ended_at", "stop_reason"
    )
    return {row[0]: NoticeRow(*row) for row in rows}


def _links() -> dict[bytes, UUID]:
    return {bytes(digest): pk for pk, digest in Notice.objects.values_list("id", "link_digest")}


def _deliveries() -> list[DeliveryRow]:
    rows = Delivery.objects.values_list(
        "id", "notice_id", "channel", "state", "provider_id", "condition", "claimed_at", "accepted_at"
    )
    return [
        DeliveryRow(
            id=row[0],
            notice=row[1],
            channel=row[2],
            state=row[3],
            provider_id=row[4],
            condition=row[5],
            was_claimed=row[6] is not None,
            was_accepted=row[7] is not None,
        )
        for row in rows
    ]


def _written_reasons() -> set[tuple[UUID, str]]:
    """(application, state) for every end that somebody or something gave a reason for."""
    return set(
        ApplicationMove.objects.exclude(reason="")
        .exclude(to_state="")
        .values_list("application_id", "to_state")
    )
