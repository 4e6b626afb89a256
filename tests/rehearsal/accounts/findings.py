"""What the sides' ledgers cannot explain to each other. Each finding is one thing unaccounted for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from hrportal.kernel.encryption import blind_index
from notifications.addresses import AddressImpossible, normalise_address
from notifications.channels import CHANNELS
from notifications.enums import (
    TAKEN_DELIVERY_STATES,
    DeliveryState,
    FollowUpKind,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Address, Delivery
from notifications.queries.recipients import address_index
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application
from tests.provider_simulator.people import normal
from tests.rehearsal.accounts.ledgers import Ledgers
from tests.rehearsal.facts import expected_ends, owners
from tests.rehearsal.sending import Sent

SETTLED_SIGNALS = (
    SignalState.INGESTED,
    SignalState.STALE,
    SignalState.QUARANTINED,
    SignalState.DISMISSED,
)
# A notice went out; somebody must have been reached, or somebody must be on it.
AFTER_SENDING = (
    ApplicationState.NOTIFIED,
    ApplicationState.ACCEPTED,
    ApplicationState.READY,
    ApplicationState.DECLINED,
    ApplicationState.EXPIRED,
)
ENDED_WITH_REASON = (ApplicationState.NEED_DECLINED, ApplicationState.STOPPED, ApplicationState.WITHDRAWN)
FINAL = (*ENDED_WITH_REASON, ApplicationState.DECLINED, ApplicationState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not accounted for, and which row or message it is; never a name or number of a person."""

    what: str
    which: str


def find_unaccounted(ledgers: Ledgers) -> list[Finding]:
    """Everything that is not accounted for."""
    return [
        *_signals(ledgers),
        *_people(ledgers),
        *_applications(ledgers),
        *_ledger(ledgers),
        *_recipients(ledgers),
        *_deliveries(ledgers),
    ]


def _signals(ledgers: Ledgers) -> Iterator[Finding]:
    """Accepted means stored, as it was sent; refused means not stored; nothing comes from nowhere."""
    for one in ledgers.sent:
        state, index = ledgers.signals.get(one.webhook_id, ("", b""))
        why = _unstored(one, state, index) if one.accepted else _unrefused(one, state)
        if why:
            yield Finding(why, one.webhook_id)
    for webhook_id in ledgers.signals.keys() - {one.webhook_id for one in ledgers.sent}:
        yield Finding("signal is stored and was never sent", webhook_id)


def _unstored(one: Sent, state: str, index: bytes) -> str:
    if not state:
        return "signal was accepted and is not stored"
    if index != blind_index(one.body, purpose="signal"):
        return "signal is stored with another body"
    if state not in SETTLED_SIGNALS:
        return "signal was never taken in"
    return "" if all(status == 200 for status in one.repeats) else "a repeat of the signal was not recognised"


def _unrefused(one: Sent, state: str) -> str:
    if state:
        return "signal was refused and is stored all the same"
    return "" if one.rejected else "signal got no answer"


def _people(ledgers: Ledgers) -> Iterator[Finding]:
    """As many persons as there are different documents in what was sent."""
    expected = len({one.person for one in ledgers.facts})
    if ledgers.persons != expected:
        yield Finding(
            "persons in the database differ from documents sent", f"{ledgers.persons} != {expected}"
        )
    # The same document must be the same person, and another document another one.
    person_of: dict[str, UUID] = {}
    document_of: dict[UUID, str] = {}
    for one in ledgers.facts:
        row = ledgers.applications.get(one.application)
        if row is None:
            continue
        if person_of.setdefault(one.person, row.person_id) != row.person_id:
            yield Finding("one document became several persons", row.ref)
        if document_of.setdefault(row.person_id, one.person) != one.person:
            yield Finding("several documents became one person", row.ref)


def _applications(ledgers: Ledgers) -> Iterator[Finding]:
    """Every application has the end that the newest event asks for, or one that explains itself."""
    for ref, expected in expected_ends(ledgers.facts).items():
        row = ledgers.applications.get(ref)
        if row is None:
            yield Finding("application is missing", ref)
        elif expected == "fail":
            yield from _failed(ledgers, row)
        elif expected == "withdrawn":
            if row.state not in FINAL:
                yield Finding(f"application was withdrawn and is {row.state}", ref)
        elif why := _unexplained(ledgers, row):
            yield Finding(why, ref)


def _failed(ledgers: Ledgers, row: Application) -> Iterator[Finding]:
    """Not passed, or reversed after the notice, which a person must have been told."""
    told = (row.pk, FollowUpKind.VERDICT_REVERSED) in ledgers.tasks
    if row.state not in (ApplicationState.FAILED, *FINAL) and not told:
        yield Finding(f"application failed and is {row.state}", row.ref)


def _unexplained(ledgers: Ledgers, row: Application) -> str:
    """Why a passed application is not accounted for; empty if it is."""
    state = ApplicationState(row.state)
    if state is ApplicationState.NO_RULE:
        return ""
    if state is ApplicationState.HELD:
        return "" if row.person_id in ledgers.claiming else "held behind a claim that does not exist"
    if state in ENDED_WITH_REASON:
        return "" if (row.pk, state.value) in ledgers.written_reasons else f"{state} without a written reason"
    if state in AFTER_SENDING:
        return _unreached(ledgers, row)
    if state is ApplicationState.IN_REVIEW and row.pk in ledgers.in_hands:
        # Approved, and no channel exists: a person has a task.
        approved = any(notice.state == NoticeState.APPROVED for notice in ledgers.notices_of.get(row.pk, ()))
        return "" if approved else "passed and still in review"
    return f"passed and {state}"


def _unreached(ledgers: Ledgers, row: Application) -> str:
    sent = [notice for notice in ledgers.notices_of.get(row.pk, ()) if notice.pk in ledgers.taken_of]
    if not sent:
        return f"{row.state}, but no provider took a notice"
    reached = any(notice.evidence >= NoticeEvidence.DELIVERED for notice in sent)
    return "" if reached or row.pk in ledgers.in_hands else f"{row.state}, nothing delivered and nobody on it"


def _ledger(ledgers: Ledgers) -> Iterator[Finding]:
    """Every message a provider took belongs to a delivery that says so, once per attempt."""
    by_name = {(row.provider, row.provider_id): row for row in ledgers.deliveries if row.provider_id}
    for entry in ledgers.taken:
        which = f"{entry.provider} #{entry.n}"
        notice = ledgers.notice_behind(entry)
        if notice is None and (entry.channel, entry.provider_id) in ledgers.plain:
            continue
        if notice is None:
            yield Finding("provider took a message that opens no notice", which)
            continue
        row = by_name.get((entry.provider, entry.provider_id))
        if row is None:
            rows = ledgers.deliveries_of.get((notice, entry.channel), [])
            if not any(_may_be_nameless(ledgers, candidate) for candidate in rows):
                yield Finding("provider took a message that no delivery knows", which)
        elif row.notice_id != notice or not _says_taken(row):
            yield Finding(f"provider took a message whose delivery is {row.state}", which)
    yield from _twice(ledgers)


def _twice(ledgers: Ledgers) -> Iterator[Finding]:
    for notice, entries in ledgers.taken_of.items():
        for channel, taken in Counter(entry.channel for entry in entries).items():
            attempts = sum(
                row.claimed_at is not None for row in ledgers.deliveries_of.get((notice, channel), ())
            )
            if taken > attempts:
                yield Finding(f"{channel} took {taken} messages in {attempts} attempts", str(notice))


def _says_taken(row: Delivery) -> bool:
    return row.state in TAKEN_DELIVERY_STATES or (
        row.state == DeliveryState.FAILED and row.accepted_at is not None
    )


def _may_be_nameless(ledgers: Ledgers, row: Delivery) -> bool:
    """Without the provider's name for it: still unknown, declared by a person, or the same message."""
    if row.provider_id:
        return False
    handed_over = any(
        task.delivery_id == row.pk and task.kind == FollowUpKind.UNKNOWN_SEND for task in ledgers.follow_ups
    )
    return row.state == DeliveryState.UNKNOWN or row.accepted_at is not None or handed_over


def _recipients(ledgers: Ledgers) -> Iterator[Finding]:
    """Nobody got another person's notice: the address is one that signals or staff gave for its person."""
    document_of = {
        ledgers.applications[one.application].person_id: one.person
        for one in ledgers.facts
        if one.application in ledgers.applications
    }
    whose = owners(ledgers.facts)
    corrected = {
        (str(person), kind, bytes(index))
        for person, kind, index in Address.objects.filter(given_by_staff=True).values_list(
            "recipient__person__id", "kind", "index"
        )
    }
    for notice_id, entries in ledgers.taken_of.items():
        person = ledgers.notices[notice_id].recipient.person.pk
        for entry in entries:
            known = whose.get((entry.channel, normal(entry.channel, entry.recipient)), set())
            if document_of.get(person) in known:
                continue
            if (str(person), *_index(entry.channel, entry.recipient)) not in corrected:
                yield Finding("message went to an address of somebody else", f"{entry.provider} #{entry.n}")


def _index(channel: str, recipient: str) -> tuple[str, bytes]:
    kind = CHANNELS[channel].address
    try:
        return kind.value, address_index(kind=kind, value=normalise_address(recipient, kind=kind))
    except AddressImpossible:
        return kind.value, b""


def _deliveries(ledgers: Ledgers) -> Iterator[Finding]:
    """What the portal believes to be sent, a provider took."""
    taken = {(entry.provider, entry.provider_id) for entry in ledgers.taken}
    for row in ledgers.deliveries:
        if not (row.accepted_at is not None or row.state in TAKEN_DELIVERY_STATES):
            continue
        if row.provider_id:
            known = (row.provider, row.provider_id) in taken
        else:
            known = any(entry.channel == row.channel for entry in ledgers.taken_of.get(row.notice_id, ()))
        if not known:
            yield Finding("delivery counts as taken and no provider has it", str(row.pk))
