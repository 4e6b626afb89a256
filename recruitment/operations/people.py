"""One person per normalised ID number, bank-wide, with the newest facts by event time."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from hrportal.kernel.sealing import blind_index
from notifications.models import Recipient
from notifications.operations.recipients import record_address
from recruitment.models import CandidateRef, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What one event says of a person; ``addresses`` maps kinds to normalised values."""

    candidate_ref: str
    name: str = field(repr=False)
    id_type: str
    id_number: str = field(repr=False)
    gender: str = field(repr=False)
    education: str
    graduation_year: int
    experience_tags: tuple[str, ...]
    language: str
    addresses: dict[str, str] = field(repr=False)
    event_at: datetime


def id_index(*, id_type: str, id_number: str) -> bytes:
    """How a person is found: the blind index of kind and normalised number."""
    return blind_index(f"{id_type}:{id_number}", purpose="id_number")


def resolve_person(*, facts: PersonFacts, now: datetime) -> Person:
    """The one row of this person, locked, brought up to the newest event.

    An older event that arrives late adds its addresses with their own time and changes nothing else.
    """
    index = id_index(id_type=facts.id_type, id_number=facts.id_number)
    person = _locked(index)
    if person is None:
        try:
            with transaction.atomic():
                return _create(index, facts)
        except IntegrityError:
            # Another worker met the same person at the same moment.
            person = _locked(index)
            if person is None:
                raise
    if facts.event_at > person.facts_at:
        _refresh(person, facts)
    _remember(person, facts)
    return person


def _locked(index: bytes) -> Person | None:
    return (
        Person.objects.select_for_update(of=("self",))
        .select_related("recipient")
        .filter(id_index=index)
        .first()
    )


def _create(index: bytes, facts: PersonFacts) -> Person:
    recipient = Recipient.objects.create(name=facts.name, language=facts.language)
    person = Person(
        recipient=recipient,
        id_type=facts.id_type,
        id_index=index,
        name=facts.name,
        gender=facts.gender,
        education=facts.education,
        graduation_year=facts.graduation_year,
        experience_tags=list(facts.experience_tags),
        facts_at=facts.event_at,
    )
    person.id_number = facts.id_number
    person.save(force_insert=True)
    _remember(person, facts)
    return person


def _refresh(person: Person, facts: PersonFacts) -> None:
    person.name = facts.name
    person.gender = facts.gender
    person.education = facts.education
    person.graduation_year = facts.graduation_year
    person.experience_tags = list(facts.experience_tags)
    person.facts_at = facts.event_at
    person.save()
    Recipient.objects.filter(pk=person.recipient_id).update(name=facts.name, language=facts.language)


def _remember(person: Person, facts: PersonFacts) -> None:
    CandidateRef.objects.get_or_create(person=person, ref=facts.candidate_ref)
    for kind, value in facts.addresses.items():
        record_address(recipient_id=person.recipient_id, kind=kind, value=value, event_at=facts.event_at)
