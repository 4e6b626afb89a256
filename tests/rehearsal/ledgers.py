"""All sides' ledgers in memory: the rehearsal's own list, the providers' ledger, the portal's rows; and the figures."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from branches.models import StaffMessage
from hrportal.kernel import clocks
from hrportal.models import Alert, DigestMessage
from notifications.enums import ChannelCode, DeliveryState, NoticeEvidence, NoticeState, StepCondition
from notifications.links import digest_of
from notifications.models import AddressChangeMessage, Delivery, FollowUp, Notice, NoticeUpdate
from recruitment.enums import ApplicationState, ReplyKind, SignalState, Verdict
from recruitment.models import Application, ApplicationTransition, Claim, InterviewSignal, Person, Reply
from tests.provider_simulator.ledger import Entry
from tests.rehearsal.facts import deciding_answers, understood
from tests.rehearsal.sending import Sent

# Business time: a digest leaves within one round of a worker.
A_WHILE = timedelta(hours=2)
TAKEN_IN = (SignalState.INGESTED, SignalState.STALE)
# After these a person may be told about another place.
ENDED_STATES = (NoticeState.CANCELLED, NoticeState.EXPIRED, NoticeState.REVOKED)
Key = TypeVar("Key")
Value = TypeVar("Value")


class Ledgers:
    """All rows of a run by the keys they are looked up with, the portal's in one snapshot of the database."""

    @transaction.atomic
    def __init__(self, *, sent: Sequence[Sent], taken: Sequence[Entry]) -> None:
        """``taken`` is what the providers took, oldest first."""
        self.sent, self.taken = sent, taken
        signals = InterviewSignal.objects.values_list("webhook_id", "state", "body_index")
        # By webhook-id: the state and the blind index of the body.
        self.signals = {webhook_id: (state, bytes(index)) for webhook_id, state, index in signals}
        self.applications = {row.ref: row for row in Application.objects.select_related("result")}
        notices = Notice.objects.select_related("recipient__person").defer("bodies", "context", "trace")
        self.notices = {notice.pk: notice for notice in notices}
        self.deliveries = list(Delivery.objects.all())
        self.follow_ups = list(FollowUp.objects.all())
        # (application, state) for every end that somebody or something gave a reason for.
        reasons = ApplicationTransition.objects.exclude(reason="").exclude(to_state="")
        self.written_reasons = set(reasons.values_list("subject_id", "to_state"))
        live = Claim.objects.filter(released_at__isnull=True)
        self.claiming = set(live.values_list("person_id", flat=True))
        self.replies = set(Reply.objects.values_list("application_id", "kind"))
        self.persons = Person.objects.count()
        # Messages outside notices, by channel and the name its provider has for them.
        self.plain = {
            row
            for model in (AddressChangeMessage, NoticeUpdate, StaffMessage, DigestMessage)
            for row in model.objects.values_list("channel", "provider_id")
        }
        self.digests = list(DigestMessage.objects.select_related("digest__user"))
        # What was due for a person long ago and is in no digest.
        self.untold = (
            Alert.objects.filter(digest__isnull=True, read_at__isnull=True, due_at__lt=clocks.now() - A_WHILE)
            .exclude(user__email="", user__wecom_id="")
            .count()
        )
        # What was sent, accepted and not put into quarantine or dismissed.
        self.facts = [
            one for one in understood(sent) if self.signals.get(one.webhook_id, ("", b""))[0] in TAKEN_IN
        ]
        # Applications that a person has or had a follow-up for, and of which kinds.
        self.tasks = {(task.subject_ref, task.kind) for task in self.follow_ups}
        self.in_hands = {task.subject_ref for task in self.follow_ups}
        self._by_link = {bytes(notice.link_digest): pk for pk, notice in self.notices.items()}
        # What was taken by notice, oldest first; what opens no notice is left out.
        self.taken_of = _grouped((self.notice_behind(entry), entry) for entry in taken)
        self.notices_of = _grouped((notice.subject_ref, notice) for notice in self.notices.values())
        self.deliveries_of = _grouped(((row.notice_id, row.channel), row) for row in self.deliveries)
        # When a provider first took each notice, in real time.
        self.first_taken = {
            notice: datetime.fromisoformat(min(entry.accepted_at for entry in entries))
            for notice, entries in self.taken_of.items()
        }

    def notice_behind(self, entry: Entry) -> UUID | None:
        """The notice that the link in the message opens."""
        token = urlsplit(entry.link).path.rstrip("/").rpartition("/")[2]
        return self._by_link.get(digest_of(token)) if token else None

    def figures(self, *, unaccounted: int, seconds: float) -> dict[str, int | float | None]:
        """The keys of the JSON line, in order, as ``docs/demo.md`` defines them. Latencies are real seconds."""
        states = Counter(row.state for row in self.applications.values())
        verdicts = Counter(row.result.verdict for row in self.applications.values() if row.result)
        signals = Counter(state for state, _ in self.signals.values())
        evidence = [self.notices[notice].evidence for notice in self.taken_of]
        replies = Counter(kind for _, kind in self.replies)
        latencies = self._signal_to_send()
        return {
            "signals": len(self.sent),
            "accepted": sum(one.accepted for one in self.sent),
            "rejected": sum(one.rejected for one in self.sent),
            "persons": self.persons,
            "passed": verdicts[Verdict.PASS],
            "failed": verdicts[Verdict.FAIL],
            "quarantined": signals[SignalState.QUARANTINED],
            "no_rule": states[ApplicationState.NO_RULE],
            "held_elsewhere": states[ApplicationState.HELD],
            "notices_sent": len(evidence),
            "delivered": sum(level >= NoticeEvidence.DELIVERED for level in evidence),
            "read": sum(level >= NoticeEvidence.READ for level in evidence),
            "replied": sum(level >= NoticeEvidence.REPLIED for level in evidence),
            "accepted_offers": replies[ReplyKind.ACCEPT],
            "declined": replies[ReplyKind.DECLINE],
            "sms_escalations": self._sms_escalations(),
            "follow_ups": len(self.follow_ups),
            "duplicates_notified": len(self._notified_twice()),
            "unknown_sends": sum(row.state == DeliveryState.UNKNOWN for row in self.deliveries),
            "unaccounted": unaccounted,
            "p50_signal_to_send_s": _percentile(latencies, 0.50),
            "p95_signal_to_send_s": _percentile(latencies, 0.95),
            "seconds": round(seconds, 1),
        }

    def _signal_to_send(self) -> list[float]:
        """From the answer to the deciding signal to the first provider's accept, for each notice."""
        answered = deciding_answers(self.facts)
        refs = {row.pk: ref for ref, row in self.applications.items()}
        return [
            taken.timestamp() - answered[ref]
            for notice, taken in self.first_taken.items()
            if (ref := refs.get(self.notices[notice].subject_ref, "")) in answered
        ]

    def _notified_twice(self) -> set[UUID]:
        """Persons whom the providers show under a second notice before the first had freed them."""
        ordered = sorted(self.first_taken, key=lambda pk: self.first_taken[pk])
        by_person = _grouped((self.notices[pk].recipient.person.pk, self.notices[pk]) for pk in ordered)
        return {
            person
            for person, notices in by_person.items()
            for earlier, later in pairwise(notices)
            if not _freed(earlier, before=self.first_taken[later.pk])
        }

    def _sms_escalations(self) -> int:
        """SMS that providers took because nothing before was read, or everything before had failed."""
        taken = {entry.provider_id for entry in self.taken if entry.channel == ChannelCode.SMS}
        return sum(
            row.channel == ChannelCode.SMS
            and row.condition != StepCondition.ALWAYS
            and row.accepted_at is not None
            and row.provider_id in taken
            for row in self.deliveries
        )


def _freed(notice: Notice, *, before: datetime) -> bool:
    """Declined, expired, withdrawn and cancelled free a person; accepted does not."""
    declined = notice.state == NoticeState.CLOSED and notice.stop_reason == ReplyKind.DECLINE
    if not (declined or notice.state in ENDED_STATES) or notice.ended_at is None:
        return False
    # The portal's moments are business time, which runs faster.
    business_seconds = notice.ended_at.timestamp() - settings.CLOCK_BUSINESS_EPOCH
    return settings.CLOCK_REAL_EPOCH + business_seconds / settings.CLOCK_RATE <= before.timestamp()


def _percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest value that at least this share of all does not exceed."""
    return round(sorted(values)[math.ceil(share * len(values)) - 1], 2) if values else None


def _grouped(pairs: Iterable[tuple[Key | None, Value]]) -> dict[Key, list[Value]]:
    found: defaultdict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        if key is not None:
            found[key].append(value)
    return dict(found)
