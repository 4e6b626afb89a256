"""All sides' ledgers in memory: the rehearsal's own list, the providers' ledger, the portal's rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction

from branches.models import StaffMessage
from notifications.links import digest_of
from notifications.models import AddressChangeMessage, Delivery, FollowUp, Notice
from recruitment.enums import SignalState
from recruitment.models import Application, ApplicationTransition, Claim, InterviewSignal, Person, Reply
from tests.provider_simulator.ledger import Entry
from tests.rehearsal.facts import SentFacts, understood
from tests.rehearsal.sending import Sent

TAKEN_IN = (SignalState.INGESTED, SignalState.STALE)


@dataclass(kw_only=True)
class Ledgers:
    """All rows of the run by the keys that the accounts look them up with."""

    sent: Sequence[Sent]
    # What the providers took, oldest first.
    taken: Sequence[Entry]
    # By webhook-id: the state and the blind index of the body.
    signals: dict[str, tuple[str, bytes]]
    applications: dict[str, Application]
    notices: dict[UUID, Notice]
    deliveries: Sequence[Delivery]
    follow_ups: Sequence[FollowUp]
    # (application, state) for every end that somebody or something gave a reason for.
    written_reasons: set[tuple[UUID, str]]
    # Persons with a live claim.
    claiming: set[UUID]
    replies: set[tuple[UUID, str]]
    persons: int
    # Messages outside notices, by provider and its name for them.
    plain: set[tuple[str, str]]

    @classmethod
    def read(cls, *, sent: Sequence[Sent], taken: Sequence[Entry]) -> Self:
        """Read the portal's side in one snapshot of the database."""
        with transaction.atomic():
            signals = InterviewSignal.objects.values_list("webhook_id", "state", "body_index")
            applications = Application.objects.select_related("result")
            notices = Notice.objects.select_related("recipient__person").defer("bodies", "context", "trace")
            reasons = ApplicationTransition.objects.exclude(reason="").exclude(to_state="")
            plain = (
                model.objects.values_list("channel", "provider_id")
                for model in (AddressChangeMessage, StaffMessage)
            )
            return cls(
                sent=sent,
                taken=taken,
                signals={webhook_id: (state, bytes(index)) for webhook_id, state, index in signals},
                applications={row.ref: row for row in applications},
                notices={notice.pk: notice for notice in notices},
                deliveries=list(Delivery.objects.all()),
                follow_ups=list(FollowUp.objects.all()),
                written_reasons=set(reasons.values_list("subject_id", "to_state")),
                claiming=set(
                    Claim.objects.filter(released_at__isnull=True).values_list("person_id", flat=True)
                ),
                replies=set(Reply.objects.values_list("application_id", "kind")),
                persons=Person.objects.count(),
                plain={row for rows in plain for row in rows},
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
        return {(task.subject_ref, task.kind) for task in self.follow_ups}

    @cached_property
    def in_hands(self) -> set[UUID]:
        """Applications that a person has or had a follow-up for."""
        return {task.subject_ref for task in self.follow_ups}

    @cached_property
    def taken_of(self) -> dict[UUID, list[Entry]]:
        """What was taken by notice, oldest first; what opens no notice is left out."""
        return _grouped((self.notice_behind(entry), entry) for entry in self.taken)

    @cached_property
    def notices_of(self) -> dict[UUID, list[Notice]]:
        """The notices of each application."""
        return _grouped((notice.subject_ref, notice) for notice in self.notices.values())

    @cached_property
    def deliveries_of(self) -> dict[tuple[UUID, str], list[Delivery]]:
        """The deliveries of each notice on each channel."""
        return _grouped(((row.notice_id, row.channel), row) for row in self.deliveries)

    @cached_property
    def first_taken(self) -> dict[UUID, datetime]:
        """When a provider first took each notice, in real time."""
        return {
            notice: datetime.fromisoformat(min(entry.accepted_at for entry in entries))
            for notice, entries in self.taken_of.items()
        }

    def notice_behind(self, entry: Entry) -> UUID | None:
        """The notice that the link in the message opens."""
        token = urlsplit(entry.link).path.rstrip("/").rpartition("/")[2]
        return self._by_link.get(digest_of(token)) if token else None

    @cached_property
    def _by_link(self) -> dict[bytes, UUID]:
        return {bytes(notice.link_digest): pk for pk, notice in self.notices.items()}


Key = TypeVar("Key")
Value = TypeVar("Value")


def _grouped(pairs: Iterable[tuple[Key | None, Value]]) -> dict[Key, list[Value]]:
    found: defaultdict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        if key is not None:
            found[key].append(value)
    return dict(found)
