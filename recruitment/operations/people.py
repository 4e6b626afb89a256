"""One person per document, bank-wide, with the newest facts by event time that no person contradicts."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils import timezone

from branches.models import Branch
from hrportal.kernel.texts import same_name
from notifications.models import Address, Recipient
from notifications.operations.address_changes import notify_of_correction, reached_at
from notifications.operations.recipients import LANDLINE, record_address
from notifications.queries.recipients import address_index, addresses_in_force
from recruitment.enums import CLAIMING_STATES, ApplicationState, QuarantineReason
from recruitment.identity import Document
from recruitment.matching import contradict
from recruitment.models import Application, CandidateRef, Person, PersonDocument
from recruitment.operations.differences import note_difference
from recruitment.queries.people import document_index, holder_of, namesake_of

FACTS = ("name", "gender", "education", "graduation_year", "experience_tags")
# Takes what it locks in one order, so that two signals of one person never wait for each other.
_TAKE_TURNS = "SELECT pg_advisory_xact_lock(key) FROM (SELECT unnest(%s::bigint[]) AS key ORDER BY 1) keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What one event says of a person; ``addresses`` maps kinds to normalised values.

    ``corrected`` names what a person of the bank wrote instead of what was sent, ``branch`` is whom the
    candidate calls about it.
    """

    candidate_ref: str
    document: Document = field(repr=False)
    name: str = field(repr=False)
    gender: str = field(repr=False)
    education: str
    graduation_year: int
    experience_tags: tuple[str, ...]
    language: str
    addresses: dict[str, str] = field(repr=False)
    event_at: datetime
    application_ref: str
    branch: Branch
    is_pass: bool
    corrected: frozenset[str] = frozenset()


class IdentityDisputed(Exception):
    """Who this is must be decided by people; ``person`` is whom the facts meet."""

    def __init__(self, reason: QuarantineReason, person: Person) -> None:
        super().__init__(reason.value)
        self.reason, self.person = reason, person


def resolve_person(*, facts: PersonFacts, now: datetime, confirmed: Collection[str] = ()) -> Person:
    """The one row of this person, locked, brought up to the newest event.

    An older event that arrives late adds its addresses with their own time and changes nothing else. What
    a person of the bank put right stays; that it was sent otherwise is noted for a person. A fail or a
    withdrawal says nothing of somebody whose other application is under way.

    Args:
        facts: what the event says.
        now: business time.
        confirmed: quarantine reasons that two people confirmed to be no fault.

    Raises:
        IdentityDisputed: name and contact contradict the document, or are those of another document.
    """
    person = find_person(facts.document)
    if person is None:
        _take_turns(facts)
        person = find_person(facts.document)
    if person is None:
        if QuarantineReason.SAME_PERSON not in confirmed and (
            namesake := namesake_of(name=facts.name, addresses=facts.addresses)
        ):
            raise IdentityDisputed(QuarantineReason.SAME_PERSON, namesake)
        return _create(facts, now=now)
    if QuarantineReason.IDENTITY_CONFLICT not in confirmed and _contradicts(person, facts):
        raise IdentityDisputed(QuarantineReason.IDENTITY_CONFLICT, person)
    CandidateRef.objects.get_or_create(person=person, ref=facts.candidate_ref)
    if facts.is_pass or not _is_under_way_elsewhere(person, facts):
        _refresh(person, facts, now=now)
        _record_addresses(person, facts, now=now)
    return person


def find_person(document: Document) -> Person | None:
    """Whose document this is, locked; None if the bank knows nobody by it."""
    rows = Person.objects.select_for_update(of=("self",)).select_related("recipient")
    key = holder_of(document)
    while key is not None:
        person = rows.filter(pk=key).first()
        # While we waited for the lock the record may have been merged into another, or forgotten.
        if (present := holder_of(document)) == key:
            return person
        key = present
    return None


def add_document(*, person: Person, document: Document, now: datetime) -> None:
    """From now on this document finds the person, too. The caller holds the person's lock."""
    row = PersonDocument(
        person=person,
        id_type=document.id_type,
        id_index=document_index(document.lifelong),
        linked_at=now,
    )
    row.id_number = document.number
    row.save(force_insert=True)


def turn_keys(document: bytes, addresses: Iterable[bytes]) -> list[int]:
    """Whose turn it is to make a person of this document, reached over these addresses (blind indexes)."""
    return [int.from_bytes(index[:8], signed=True) for index in (document, *addresses)]


def _take_turns(facts: PersonFacts) -> None:
    addresses = [address_index(kind=kind, value=value) for kind, value in facts.addresses.items()]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_TURNS, [turn_keys(document_index(facts.document.lifelong), addresses)])


def _contradicts(person: Person, facts: PersonFacts) -> bool:
    if same_name(person.name, facts.name):
        return False
    known: dict[str, set[bytes]] = {}
    for kind, index in Address.objects.filter(recipient=person.recipient_id).values_list("kind", "index"):
        known.setdefault(kind, set()).add(bytes(index))
    sent = {kind: address_index(kind=kind, value=value) for kind, value in facts.addresses.items()}
    return contradict(known=known, sent=sent)


def _is_under_way_elsewhere(person: Person, facts: PersonFacts) -> bool:
    under_way = Application.objects.filter(
        person=person, state__in=[ApplicationState.TO_DECIDE, *CLAIMING_STATES]
    )
    return under_way.exclude(ref=facts.application_ref).exists()


def _create(facts: PersonFacts, *, now: datetime) -> Person:
    recipient = Recipient.objects.create(name=facts.name, language=facts.language)
    person = Person(
        recipient=recipient,
        id_type=facts.document.id_type,
        id_index=document_index(facts.document.lifelong),
        facts_at=facts.event_at,
        corrected=sorted(facts.corrected & set(FACTS)),
        **_values(facts),
    )
    person.id_number = facts.document.number
    person.save(force_insert=True)
    CandidateRef.objects.create(person=person, ref=facts.candidate_ref)
    for kind, value in facts.addresses.items():
        _record(person, facts, kind, value, now=now)
    return person


def _refresh(person: Person, facts: PersonFacts, *, now: datetime) -> None:
    is_newer = facts.event_at > person.facts_at
    put_right = facts.corrected & set(FACTS)
    if not is_newer and not put_right:
        return
    for name, value in _values(facts).items():
        if name in put_right or (is_newer and name not in person.corrected):
            setattr(person, name, value)
        elif is_newer and getattr(person, name) != value:
            note_difference(person=person, fact=name, sent=str(value), sent_at=facts.event_at, now=now)
    person.corrected = sorted({*person.corrected, *put_right})
    if is_newer:
        person.facts_at = facts.event_at
        if document_index(facts.document.lifelong) == bytes(person.id_index):
            # The same document renewed: its last digits count renewals.
            person.id_type, person.id_number = facts.document.id_type, facts.document.number
    person.save()
    Recipient.objects.filter(pk=person.recipient_id).update(name=person.name, language=facts.language)


def _values(facts: PersonFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in FACTS} | {"experience_tags": list(facts.experience_tags)}


def _record_addresses(person: Person, facts: PersonFacts, *, now: datetime) -> None:
    """Remember them; one that must not replace what is in force is put before a person."""
    held = addresses_in_force(person.recipient_id, today=timezone.localdate(now))
    was, given = reached_at(person.recipient_id), []
    for kind, value in facts.addresses.items():
        address = _record(person, facts, kind, value, now=now)
        given += [address] if kind in facts.corrected else []
        before = held.get(kind)
        is_callable_only = address.state_reason == LANDLINE
        if before and before.pk != address.pk and not is_callable_only and before.event_at < facts.event_at:
            note_difference(person=person, fact=kind, sent=value, sent_at=facts.event_at, now=now)
    if given:
        # A person of the bank wrote them into the signal: to the candidate that is a correction like any other.
        notify_of_correction(was=was, given=given, branch=facts.branch, now=now, by=None)


def _record(person: Person, facts: PersonFacts, kind: str, value: str, *, now: datetime) -> Address:
    is_corrected = kind in facts.corrected
    return record_address(
        recipient_id=person.recipient_id,
        kind=kind,
        value=value,
        event_at=now if is_corrected else facts.event_at,
        given_by_staff=is_corrected,
    )
