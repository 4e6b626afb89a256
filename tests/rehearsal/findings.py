"""What the sides' ledgers cannot explain to each other. Each finding is one thing unaccounted for.

A finding is what it is and which row or message; never a name or number of a person.
"""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from hrportal.alerts.timing import is_night
from hrportal.kernel.encryption import blind_index
from hrportal.kernel.outbox import OutboxState
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
from tests.rehearsal.facts import expected_ends, owners
from tests.rehearsal.ledgers import TAKEN_IN, Ledgers
from tests.rehearsal.sending import Sent

Finding = tuple[str, str]
SETTLED_SIGNALS = (*TAKEN_IN, SignalState.QUARANTINED, SignalState.DISMISSED)
# A notice went out; somebody must have been reached, or somebody must be on it.
AFTER_SENDING = (
    *(ApplicationState.NOTIFIED, ApplicationState.ACCEPTED, ApplicationState.READY),
    *(ApplicationState.DECLINED, ApplicationState.EXPIRED),
)
ENDED_WITH_REASON = (ApplicationState.NEED_DECLINED, ApplicationState.STOPPED, ApplicationState.WITHDRAWN)
FINAL = (*ENDED_WITH_REASON, ApplicationState.DECLINED, ApplicationState.EXPIRED)


def find_unaccounted(ledgers: Ledgers) -> list[Finding]:
    """Everything that is not accounted for."""
    parts = (_signals, _people, _applications, _taken, _twice, _recipients, _deliveries, _staff)
    return [finding for part in parts for finding in part(ledgers)]


def _signals(ledgers: Ledgers) -> Iterator[Finding]:
    """Accepted means stored, as it was sent; refused means not stored; nothing comes from nowhere."""
    for one in ledgers.sent:
        state, index = ledgers.signals.get(one.webhook_id, ("", b""))
        if one.accepted:
            why = _unstored(one, state, index)
        else:
            why = "signal was refused and is stored all the same" if state else ""
            why = why or ("" if one.rejected else "signal got no answer")
        if why:
            yield why, one.webhook_id
    for webhook_id in ledgers.signals.keys() - {one.webhook_id for one in ledgers.sent}:
        yield "signal is stored and was never sent", webhook_id


def _unstored(one: Sent, state: str, index: bytes) -> str:
    if not state:
        return "signal was accepted and is not stored"
    if index != blind_index(one.body, purpose="signal"):
        return "signal is stored with another body"
    if state not in SETTLED_SIGNALS:
        return "signal was never taken in"
    return "" if all(status == 200 for status in one.repeats) else "a repeat of the signal was not recognised"


def _people(ledgers: Ledgers) -> Iterator[Finding]:
    """The same document is the same person, and another document another one."""
    expected = len({one.person for one in ledgers.facts})
    if ledgers.persons != expected:
        yield "persons in the database differ from documents sent", f"{ledgers.persons} != {expected}"
    person_of: dict[str, UUID] = {}
    document_of: dict[UUID, str] = {}
    for one in ledgers.facts:
        if row := ledgers.applications.get(one.application):
            if person_of.setdefault(one.person, row.person_id) != row.person_id:
                yield "one document became several persons", row.ref
            if document_of.setdefault(row.person_id, one.person) != one.person:
                yield "several documents became one person", row.ref


def _applications(ledgers: Ledgers) -> Iterator[Finding]:
    """Every application has the end that the newest event asks for, or one that explains itself."""
    for ref, expected in expected_ends(ledgers.facts).items():
        row = ledgers.applications.get(ref)
        if why := "application is missing" if row is None else _unexpected(ledgers, row, expected):
            yield why, ref


def _unexpected(ledgers: Ledgers, row: Application, expected: str) -> str:
    if expected == "fail":
        # Not passed, or reversed after the notice, which a person must have been told.
        told = (row.pk, FollowUpKind.VERDICT_REVERSED) in ledgers.tasks
        ended = row.state in (ApplicationState.FAILED, *FINAL)
        return "" if ended or told else f"application failed and is {row.state}"
    if expected == "withdrawn":
        return "" if row.state in FINAL else f"application was withdrawn and is {row.state}"
    state = ApplicationState(row.state)
    if state is ApplicationState.NO_RULE:
        return ""
    if state is ApplicationState.HELD:
        return "" if row.person_id in ledgers.claiming else "held behind a claim that does not exist"
    if state in ENDED_WITH_REASON:
        return "" if (row.pk, state.value) in ledgers.written_reasons else f"{state} without a written reason"
    return _unreached(ledgers, row) if state in AFTER_SENDING else _unsent(ledgers, row)


def _unsent(ledgers: Ledgers, row: Application) -> str:
    """Accounted for where a notice is approved, no channel exists and a person has a task."""
    if row.state != ApplicationState.IN_REVIEW or row.pk not in ledgers.in_hands:
        return f"passed and {row.state}"
    approved = any(notice.state == NoticeState.APPROVED for notice in ledgers.notices_of.get(row.pk, ()))
    return "" if approved else "passed and still in review"


def _unreached(ledgers: Ledgers, row: Application) -> str:
    sent = [notice for notice in ledgers.notices_of.get(row.pk, ()) if notice.pk in ledgers.taken_of]
    if not sent:
        return f"{row.state}, but no provider took a notice"
    reached = any(notice.evidence >= NoticeEvidence.DELIVERED for notice in sent)
    return "" if reached or row.pk in ledgers.in_hands else f"{row.state}, nothing delivered and nobody on it"


def _taken(ledgers: Ledgers) -> Iterator[Finding]:
    """Every message a provider took belongs to a delivery that says so."""
    by_name = {(row.provider, row.provider_id): row for row in ledgers.deliveries if row.provider_id}
    # Killed or cut off between call and record, a digest is perhaps sent and has no name.
    nameless = Counter(row.channel for row in ledgers.digests if row.claimed_at and not row.provider_id)
    for entry in ledgers.taken:
        which = f"{entry.provider} #{entry.n}"
        notice = ledgers.notice_behind(entry)
        row = by_name.get((entry.provider, entry.provider_id))
        if notice is None:
            if (entry.channel, entry.provider_id) not in ledgers.plain:
                nameless[entry.channel] -= 1
                if nameless[entry.channel] < 0:
                    yield "provider took a message that opens no notice", which
        elif row is None:
            rows = ledgers.deliveries_of.get((notice, entry.channel), [])
            if not any(_may_be_nameless(ledgers, candidate) for candidate in rows):
                yield "provider took a message that no delivery knows", which
        elif row.notice_id != notice or not _says_taken(row):
            yield f"provider took a message whose delivery is {row.state}", which


def _twice(ledgers: Ledgers) -> Iterator[Finding]:
    """Once per attempt."""
    for notice, entries in ledgers.taken_of.items():
        for channel, taken in Counter(entry.channel for entry in entries).items():
            rows = ledgers.deliveries_of.get((notice, channel), ())
            attempts = sum(row.claimed_at is not None for row in rows)
            if taken > attempts:
                yield f"{channel} took {taken} messages in {attempts} attempts", str(notice)


def _says_taken(row: Delivery) -> bool:
    failed_later = row.state == DeliveryState.FAILED and row.accepted_at is not None
    return row.state in TAKEN_DELIVERY_STATES or failed_later


def _may_be_nameless(ledgers: Ledgers, row: Delivery) -> bool:
    """Without the provider's name for it: still unknown, declared by a person, or the same message."""
    unknown = FollowUpKind.UNKNOWN_SEND
    handed_over = any(task.delivery_id == row.pk and task.kind == unknown for task in ledgers.follow_ups)
    is_open = row.state == DeliveryState.UNKNOWN or row.accepted_at is not None
    return not row.provider_id and (is_open or handed_over)


def _recipients(ledgers: Ledgers) -> Iterator[Finding]:
    """Nobody got another person's notice: the address is one that signals or staff gave for its person."""
    rows = ((ledgers.applications.get(one.application), one) for one in ledgers.facts)
    document_of = {row.person_id: one.person for row, one in rows if row}
    whose = owners(ledgers.facts)
    given = Address.objects.filter(given_by_staff=True)
    corrected = {
        (person, kind, bytes(index))
        for person, kind, index in given.values_list("recipient__person__id", "kind", "index")
    }
    for notice_id, entries in ledgers.taken_of.items():
        person = ledgers.notices[notice_id].recipient.person.pk
        for entry in entries:
            known = whose.get((entry.channel, normal(entry.channel, entry.recipient)), set())
            mine = document_of.get(person) in known
            if not mine and (person, *_index(entry.channel, entry.recipient)) not in corrected:
                yield "message went to an address of somebody else", f"{entry.provider} #{entry.n}"


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
        if row.accepted_at is None and row.state not in TAKEN_DELIVERY_STATES:
            continue
        of_notice = ledgers.taken_of.get(row.notice_id, ())
        known = (row.provider, row.provider_id) in taken or (
            not row.provider_id and any(entry.channel == row.channel for entry in of_notice)
        )
        if not known:
            yield "delivery counts as taken and no provider has it", str(row.pk)


def _staff(ledgers: Ledgers) -> Iterator[Finding]:
    """Staff were told what was due, at day, each digest once, and their providers have what counts as sent."""
    taken = Counter((entry.channel, entry.provider_id) for entry in ledgers.taken)
    for row in ledgers.digests:
        which = f"{row.channel} {row.pk}"
        name = (row.channel, row.provider_id)
        if row.claimed_at and is_night(row.claimed_at):
            yield "staff were told at night", which
        if row.state == OutboxState.SENT and not taken[name]:
            yield "digest counts as sent and no provider has it", which
        if taken[name] > 1:
            yield "staff were told twice", which
    if untold := ledgers.untold:
        yield "staff were not told what was due", str(untold)
