"""What the two sides' books cannot explain to each other. Each finding is one thing unaccounted for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from hrportal.kernel.sealing import blind_index
from notifications.addresses import AddressImpossible, normalise_address
from notifications.enums import (
    ADDRESS_OF_CHANNEL,
    TAKEN_DELIVERY_STATES,
    ChannelCode,
    DeliveryState,
    FollowUpKind,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Address
from notifications.queries.recipients import address_index
from recruitment.enums import ApplicationState, SignalState
from tests.rehearsal.accounts.books import ApplicationRow, Books, DeliveryRow
from tests.rehearsal.facts import expected_ends, owners, same_form
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


def find_unaccounted(books: Books) -> list[Finding]:
    """Everything that is not accounted for."""
    return [
        *_signals(books),
        *_people(books),
        *_applications(books),
        *_ledger(books),
        *_recipients(books),
        *_deliveries(books),
    ]


def _signals(books: Books) -> Iterator[Finding]:
    """Accepted means stored, as it was sent; refused means not stored; nothing comes from nowhere."""
    for one in books.sent:
        state, index = books.signals.get(one.webhook_id, ("", b""))
        why = _unstored(one, state, index) if one.accepted else _unrefused(one, state)
        if why:
            yield Finding(why, one.webhook_id)
    for webhook_id in books.signals.keys() - {one.webhook_id for one in books.sent}:
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


def _people(books: Books) -> Iterator[Finding]:
    """As many persons as there are different documents in what was sent."""
    expected = len({one.person for one in books.facts})
    if books.persons != expected:
        yield Finding("persons in the database differ from documents sent", f"{books.persons} != {expected}")
    # The same document must be the same person, and another document another one.
    person_of: dict[str, UUID] = {}
    document_of: dict[UUID, str] = {}
    for one in books.facts:
        row = books.applications.get(one.application)
        if row is None:
            continue
        if person_of.setdefault(one.person, row.person) != row.person:
            yield Finding("one document became several persons", row.ref)
        if document_of.setdefault(row.person, one.person) != one.person:
            yield Finding("several documents became one person", row.ref)


def _applications(books: Books) -> Iterator[Finding]:
    """Every application has the end that the newest event asks for, or one that explains itself."""
    for ref, expected in expected_ends(books.facts).items():
        row = books.applications.get(ref)
        if row is None:
            yield Finding("application is missing", ref)
        elif expected == "fail":
            yield from _failed(books, row)
        elif expected == "withdrawn":
            if row.state not in FINAL:
                yield Finding(f"application was withdrawn and is {row.state}", ref)
        elif why := _unexplained(books, row):
            yield Finding(why, ref)


def _failed(books: Books, row: ApplicationRow) -> Iterator[Finding]:
    """Not passed, or reversed after the notice, which a person must have been told."""
    told = (row.id, FollowUpKind.VERDICT_REVERSED) in books.tasks
    if row.state not in (ApplicationState.FAILED, *FINAL) and not told:
        yield Finding(f"application failed and is {row.state}", row.ref)


def _unexplained(books: Books, row: ApplicationRow) -> str:
    """Why a passed application is not accounted for; empty if it is."""
    state = ApplicationState(row.state)
    if state is ApplicationState.NO_RULE:
        return ""
    if state is ApplicationState.HELD:
        return "" if books.live_claims.get(row.person) else "held behind a claim that does not exist"
    if state in ENDED_WITH_REASON:
        return "" if (row.id, state.value) in books.written_reasons else f"{state} without a written reason"
    if state in AFTER_SENDING:
        return _unreached(books, row)
    if state is ApplicationState.IN_REVIEW and _is_in_hands(books, row.id):
        # Approved, and no channel exists: a person has a task.
        approved = any(notice.state == NoticeState.APPROVED for notice in books.notices_of.get(row.id, ()))
        return "" if approved else "passed and still in review"
    return f"passed and {state}"


def _unreached(books: Books, row: ApplicationRow) -> str:
    sent = [notice for notice in books.notices_of.get(row.id, ()) if notice.id in books.entries_of]
    if not sent:
        return f"{row.state}, but no provider took a notice"
    reached = any(notice.evidence >= NoticeEvidence.DELIVERED for notice in sent)
    return (
        "" if reached or _is_in_hands(books, row.id) else f"{row.state}, nothing delivered and nobody on it"
    )


def _is_in_hands(books: Books, application: UUID) -> bool:
    return application in books.subjects_in_hands


def _ledger(books: Books) -> Iterator[Finding]:
    """Every message a provider took belongs to a delivery that says so, once per attempt."""
    by_name = {(row.channel, row.provider_id): row for row in books.deliveries if row.provider_id}
    for entry in books.ledger:
        which = f"{entry.provider} #{entry.number}"
        notice = books.notice_behind(entry)
        if notice is None and (entry.provider, entry.provider_id) in books.plain:
            continue
        if notice is None:
            yield Finding("provider took a message that opens no notice", which)
            continue
        row = by_name.get((entry.provider, entry.provider_id))
        if row is None:
            rows = books.deliveries_of.get((notice, entry.provider), [])
            if not any(_may_be_nameless(books, candidate) for candidate in rows):
                yield Finding("provider took a message that no delivery knows", which)
        elif row.notice != notice or not _says_taken(row):
            yield Finding(f"provider took a message whose delivery is {row.state}", which)
    yield from _twice(books)


def _twice(books: Books) -> Iterator[Finding]:
    for notice, entries in books.entries_of.items():
        for channel, taken in Counter(entry.provider for entry in entries).items():
            attempts = sum(row.was_claimed for row in books.deliveries_of.get((notice, channel), ()))
            if taken > attempts:
                yield Finding(f"{channel} took {taken} messages in {attempts} attempts", str(notice))


def _says_taken(row: DeliveryRow) -> bool:
    return row.state in TAKEN_DELIVERY_STATES or (row.state == DeliveryState.FAILED and row.was_accepted)


def _may_be_nameless(books: Books, row: DeliveryRow) -> bool:
    """Without the provider's name for it: still unknown, declared by a person, or the same message."""
    if row.provider_id:
        return False
    handed_over = any(
        delivery == row.id and kind == FollowUpKind.UNKNOWN_SEND for _, kind, _, delivery in books.follow_ups
    )
    return row.state == DeliveryState.UNKNOWN or row.was_accepted or handed_over


def _recipients(books: Books) -> Iterator[Finding]:
    """Nobody got another person's notice: the address is one that signals or staff gave for its person."""
    document_of = {
        books.applications[one.application].person: one.person
        for one in books.facts
        if one.application in books.applications
    }
    whose = owners(books.facts)
    corrected = {
        (str(person), kind, bytes(index))
        for person, kind, index in Address.objects.filter(given_by_staff=True).values_list(
            "recipient__person__id", "kind", "index"
        )
    }
    for notice_id, entries in books.entries_of.items():
        person = books.notices[notice_id].person
        for entry in entries:
            known = whose.get((entry.provider, same_form(entry.provider, entry.recipient)), set())
            if document_of.get(person) in known:
                continue
            if (str(person), *_index(entry.provider, entry.recipient)) not in corrected:
                yield Finding(
                    "message went to an address of somebody else", f"{entry.provider} #{entry.number}"
                )


def _index(provider: str, recipient: str) -> tuple[str, bytes]:
    kind = ADDRESS_OF_CHANNEL[ChannelCode(provider)]
    try:
        return kind.value, address_index(kind=kind, value=normalise_address(recipient, kind=kind))
    except AddressImpossible:
        return kind.value, b""


def _deliveries(books: Books) -> Iterator[Finding]:
    """What the portal believes to be sent, a provider took."""
    taken = {(entry.provider, entry.provider_id) for entry in books.ledger}
    for row in books.deliveries:
        if not (row.was_accepted or row.state in TAKEN_DELIVERY_STATES):
            continue
        if row.provider_id:
            known = (row.channel, row.provider_id) in taken
        else:
            known = any(entry.provider == row.channel for entry in books.entries_of.get(row.notice, ()))
        if not known:
            yield Finding("delivery counts as taken and no provider has it", str(row.id))
