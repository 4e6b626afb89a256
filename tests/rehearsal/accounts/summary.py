"""The figures at the end. `docs/demo.md` defines each of them."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from django.conf import settings

from notifications.enums import ChannelCode, DeliveryState, NoticeEvidence, NoticeState, StepCondition
from notifications.models import Notice
from recruitment.enums import ApplicationState, ReplyKind, SignalState, Verdict
from tests.rehearsal.accounts.findings import find_unaccounted
from tests.rehearsal.accounts.ledgers import Ledgers
from tests.rehearsal.facts import deciding_answers

# After these a person may be told about another place.
ENDED_STATES = (NoticeState.CANCELLED, NoticeState.EXPIRED, NoticeState.REVOKED)


def reconcile(ledgers: Ledgers, *, seconds: float) -> dict[str, int | float | None]:
    """The keys of the JSON line, in order. Latencies and ``seconds`` are real seconds."""
    applications = ledgers.applications.values()
    states = Counter(row.state for row in applications)
    verdicts = Counter(row.result.verdict for row in applications if row.result)
    signals = Counter(state for state, _ in ledgers.signals.values())
    evidence = [ledgers.notices[notice].evidence for notice in ledgers.taken_of]
    replies = Counter(kind for _, kind in ledgers.replies)
    latencies = signal_to_send(ledgers)
    return {
        "signals": len(ledgers.sent),
        "accepted": sum(one.accepted for one in ledgers.sent),
        "rejected": sum(one.rejected for one in ledgers.sent),
        "persons": ledgers.persons,
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
        "sms_escalations": _sms_escalations(ledgers),
        "follow_ups": len(ledgers.follow_ups),
        "duplicates_notified": len(duplicates_notified(ledgers)),
        "unknown_sends": sum(row.state == DeliveryState.UNKNOWN for row in ledgers.deliveries),
        "unaccounted": len(find_unaccounted(ledgers)),
        "p50_signal_to_send_s": percentile(latencies, 0.50),
        "p95_signal_to_send_s": percentile(latencies, 0.95),
        "seconds": round(seconds, 1),
    }


def signal_to_send(ledgers: Ledgers) -> list[float]:
    """Real seconds from the answer to the deciding signal to the first provider's accept, for each notice."""
    answered = deciding_answers(ledgers.facts)
    refs = {row.pk: ref for ref, row in ledgers.applications.items()}
    return [
        taken.timestamp() - answered[ref]
        for notice, taken in ledgers.first_taken.items()
        if (ref := refs.get(ledgers.notices[notice].subject_ref, "")) in answered
    ]


def duplicates_notified(ledgers: Ledgers) -> set[UUID]:
    """Persons whom the providers show under a second notice before the first had freed them.

    Declined, expired, withdrawn and cancelled free a person; accepted does not.
    """
    first = ledgers.first_taken
    notices: dict[UUID, list[Notice]] = {}
    for pk in sorted(first, key=lambda pk: first[pk]):
        notice = ledgers.notices[pk]
        notices.setdefault(notice.recipient.person.pk, []).append(notice)
    return {
        person
        for person, rows in notices.items()
        for earlier, later in pairwise(rows)
        if not _freed(earlier, before=first[later.pk])
    }


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest value that at least this share of all does not exceed."""
    if not values:
        return None
    return round(sorted(values)[math.ceil(share * len(values)) - 1], 2)


def _freed(notice: Notice, *, before: datetime) -> bool:
    declined = notice.state == NoticeState.CLOSED and notice.stop_reason == ReplyKind.DECLINE
    if not (declined or notice.state in ENDED_STATES) or notice.ended_at is None:
        return False
    # The portal's moments are business time, which runs faster.
    business_seconds = notice.ended_at.timestamp() - settings.CLOCK_BUSINESS_EPOCH
    return settings.CLOCK_REAL_EPOCH + business_seconds / settings.CLOCK_RATE <= before.timestamp()


def _sms_escalations(ledgers: Ledgers) -> int:
    """SMS that providers took because nothing before was read, or everything before had failed."""
    taken = {entry.provider_id for entry in ledgers.taken if entry.channel == ChannelCode.SMS}
    return sum(
        row.channel == ChannelCode.SMS
        and row.condition != StepCondition.ALWAYS
        and row.accepted_at is not None
        and row.provider_id in taken
        for row in ledgers.deliveries
    )
