"""The numbers at the end. `docs/demo.md` defines each of them."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise

from notifications.enums import ChannelCode, DeliveryState, NoticeEvidence, NoticeState, StepCondition
from recruitment.enums import ApplicationState, ReplyKind, SignalState, Verdict
from tests.rehearsal.accounts.books import Books, NoticeRow
from tests.rehearsal.accounts.findings import find_unaccounted
from tests.rehearsal.facts import deciding_answers

# After these a person may be told about another place.
ENDED_STATES = (NoticeState.CANCELLED, NoticeState.EXPIRED, NoticeState.REVOKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The keys of the JSON line, in order. Latencies and ``seconds`` are real seconds."""

    signals: int
    accepted: int
    rejected: int
    persons: int
    passed: int
    failed: int
    quarantined: int
    no_rule: int
    held_elsewhere: int
    notices_sent: int
    delivered: int
    read: int
    replied: int
    accepted_offers: int
    declined: int
    sms_escalations: int
    follow_ups: int
    duplicates_notified: int
    unknown_sends: int
    unaccounted: int
    p50_signal_to_send_s: float | None
    p95_signal_to_send_s: float | None
    seconds: float

    def as_dict(self) -> dict[str, int | float | None]:
        """For the JSON line."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class BusinessClock:
    """The run's clock: how business time turns into real time."""

    real_epoch: float
    business_epoch: float
    rate: float

    def real(self, moment: datetime) -> float:
        """Real seconds since the epoch."""
        return self.real_epoch + (moment.timestamp() - self.business_epoch) / self.rate


def draw_up(books: Books, *, clock: BusinessClock, seconds: float) -> Summary:
    """Count everything, and what is not accounted for."""
    states = Counter(row.state for row in books.applications.values())
    verdicts = Counter(row.verdict for row in books.applications.values())
    signals = Counter(state for state, _ in books.signals.values())
    sent = [books.notices[notice] for notice in books.entries_of]
    latencies = signal_to_send(books)
    return Summary(
        signals=len(books.sent),
        accepted=sum(one.accepted for one in books.sent),
        rejected=sum(one.rejected for one in books.sent),
        persons=books.persons,
        passed=verdicts[Verdict.PASS],
        failed=verdicts[Verdict.FAIL],
        quarantined=signals[SignalState.QUARANTINED],
        no_rule=states[ApplicationState.NO_RULE],
        held_elsewhere=states[ApplicationState.HELD],
        notices_sent=len(sent),
        delivered=_reaching(sent, NoticeEvidence.DELIVERED),
        read=_reaching(sent, NoticeEvidence.READ),
        replied=_reaching(sent, NoticeEvidence.REPLIED),
        accepted_offers=_answering(books, ReplyKind.ACCEPT),
        declined=_answering(books, ReplyKind.DECLINE),
        sms_escalations=_sms_escalations(books),
        follow_ups=len(books.follow_ups),
        duplicates_notified=len(duplicates_notified(books, clock=clock)),
        unknown_sends=sum(row.state == DeliveryState.UNKNOWN for row in books.deliveries),
        unaccounted=len(find_unaccounted(books)),
        p50_signal_to_send_s=percentile(latencies, 0.50),
        p95_signal_to_send_s=percentile(latencies, 0.95),
        seconds=round(seconds, 1),
    )


def signal_to_send(books: Books) -> list[float]:
    """Real seconds from the answer to the deciding signal to the first provider's accept, for each notice."""
    answered = deciding_answers(books.facts)
    refs = {row.id: ref for ref, row in books.applications.items()}
    spans = []
    for notice_id, entries in books.entries_of.items():
        ref = refs.get(books.notices[notice_id].application, "")
        if ref in answered:
            spans.append(min(entry.accepted_at for entry in entries).timestamp() - answered[ref])
    return spans


def duplicates_notified(books: Books, *, clock: BusinessClock) -> set[object]:
    """Persons whom the ledger shows under a second notice before the first had freed them.

    Declined, expired, withdrawn and cancelled free a person; accepted does not.
    """
    first_taken = {
        notice: min(entry.accepted_at for entry in entries) for notice, entries in books.entries_of.items()
    }
    notices: dict[object, list[NoticeRow]] = {}
    for notice in sorted(first_taken, key=lambda notice: first_taken[notice]):
        row = books.notices[notice]
        notices.setdefault(row.person, []).append(row)
    return {
        person
        for person, rows in notices.items()
        for earlier, later in pairwise(rows)
        if not _freed(earlier, before=first_taken[later.id], clock=clock)
    }


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest value that at least this share of all does not exceed."""
    if not values:
        return None
    return round(sorted(values)[math.ceil(share * len(values)) - 1], 2)


def _freed(notice: NoticeRow, *, before: datetime, clock: BusinessClock) -> bool:
    declined = notice.state == NoticeState.CLOSED and notice.stop_reason == ReplyKind.DECLINE
    if not (declined or notice.state in ENDED_STATES) or notice.ended_at is None:
        return False
    return clock.real(notice.ended_at) <= before.timestamp()


def _reaching(notices: Sequence[NoticeRow], rung: NoticeEvidence) -> int:
    return sum(notice.evidence >= rung for notice in notices)


def _answering(books: Books, kind: ReplyKind) -> int:
    return len({application for application, given in books.replies if given == kind})


def _sms_escalations(books: Books) -> int:
    """SMS that providers took because nothing before was read, or everything before had failed."""
    taken = {entry.provider_id for entry in books.ledger if entry.provider == ChannelCode.SMS}
    return sum(
        row.channel == ChannelCode.SMS
        and row.condition != StepCondition.ALWAYS
        and row.was_accepted
        and row.provider_id in taken
        for row in books.deliveries
    )
