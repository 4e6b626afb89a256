"""First results of many people at once: what a batch of signals becomes. Pure: values in, values out.

A first result is the first that is heard of an application and its interview, about a person who is new or
of whom it says nothing new. Whatever else a signal may be leaves the batch and is taken in alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from hrportal.kernel.texts import same_name
from recruitment.enums import Verdict
from recruitment.identity import Document
from recruitment.wire import Candidate, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An address as it was sent: its normalised form and its blind index."""

    value: str = field(repr=False)
    index: bytes
    is_landline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A stored signal whose document, name and addresses make sense; ``index`` finds the person."""

    pk: UUID
    received_at: datetime
    signal: Signal
    document: Document
    index: bytes
    addresses: Mapping[str, Sent]
    note: str

    @property
    def is_pass(self) -> bool:
        """Whether the person may be made an offer."""
        return self.signal.data.result.verdict == Verdict.PASS


@dataclass(slots=True)
class Held:
    """An address of a person: its key, and the newest event that named it."""

    key: UUID
    event_at: datetime


@dataclass(slots=True, kw_only=True)
class Known:
    """A person as the bank knows them; addresses by kind and index.

    ``is_settled`` says that nobody of the bank corrected a fact or gave an address, so that what is sent
    again cannot contradict them; ``is_under_way`` that another application is open.
    """

    person_id: UUID
    recipient_id: UUID
    facts: tuple[object, ...]
    facts_at: datetime
    addresses: Mapping[str, Mapping[bytes, Held]]
    is_settled: bool = True
    is_under_way: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Keys of where somebody applied."""

    branch_id: int
    position_id: int
    department_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What the database knows of a batch.

    Attributes:
        places: open branches that are not being closed, with the position: by branch and position code.
        people: whose rows are locked for the batch, by document index.
        elsewhere: documents of people whose rows are not: somebody else has them, or they have several documents.
        namesakes: names of those who were ever reached over an address, by its index.
        refs, interviews: that are known already.
    """

    places: Mapping[tuple[str, str], Place]
    people: Mapping[bytes, Known]
    elsewhere: frozenset[bytes]
    namesakes: Mapping[bytes, frozenset[str]]
    refs: frozenset[str]
    interviews: frozenset[str]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person whom nobody knew, and the signal that tells of them."""

    known: Known
    told_by: Readable


@dataclass(frozen=True, slots=True)
class NewApplication:
    """An application and its first result."""

    application_id: UUID
    person_id: UUID
    place: Place
    told_by: Readable


@dataclass(slots=True)
class Plan:
    """What is to be written.

    Attributes:
        heard: the newest event that told nothing new, by person.
        named: addresses that a newer event named again.
        unheard: documents of whom another signal of the batch tells something else, which must be heard first.
    """

    people: list[NewPerson] = field(default_factory=list)
    refs: set[tuple[UUID, str]] = field(default_factory=set)
    applications: list[NewApplication] = field(default_factory=list)
    heard: dict[UUID, datetime] = field(default_factory=dict)
    named: dict[UUID, Held] = field(default_factory=dict)
    unheard: set[bytes] = field(default_factory=set)

    @property
    def passed(self) -> set[UUID]:
        """The people whose passes can be decided at once."""
        return {
            one.person_id
            for one in self.applications
            if one.told_by.is_pass and one.told_by.index not in self.unheard
        }


def facts_of(candidate: Candidate) -> tuple[object, ...]:
    """What a signal says of a person beside document and addresses, to be held against what is known."""
    return (
        candidate.name,
        candidate.gender or "",
        candidate.education,
        candidate.graduation_year,
        candidate.experience_tags,
        candidate.preferred_language or "zh-Hans",
    )


def plan(signals: Iterable[Readable], stock: Stock) -> Plan:
    """What each signal adds, in the order given, as if those before it were stored; none for no first results."""
    found = Plan()
    people = dict(stock.people)
    namesakes = {index: set(names) for index, names in stock.namesakes.items()}
    refs, interviews = set(stock.refs), set(stock.interviews)
    for one in signals:
        data = one.signal.data
        place = stock.places.get((data.application.branch_code, data.application.position_code))
        ref, interview = data.application.application_ref, data.interview_id
        person = people.get(one.index)
        if place is None or ref in refs or interview in interviews:
            found.unheard.add(one.index)
            continue
        if person is None and _is_unheard_of(one, stock, namesakes):
            person = people[one.index] = _new_person(one)
            found.people.append(NewPerson(person, one))
            for sent in one.addresses.values():
                namesakes.setdefault(sent.index, set()).add(data.candidate.name)
        elif person is not None and _tells_nothing_new(one, person):
            _hear(one, person, found)
        else:
            found.unheard.add(one.index)
            continue
        refs.add(ref)
        interviews.add(interview)
        person.is_under_way = person.is_under_way or one.is_pass
        found.refs.add((person.person_id, data.candidate.candidate_ref))
        found.applications.append(NewApplication(uuid4(), person.person_id, place, one))
    return found


def _new_person(one: Readable) -> Known:
    return Known(
        person_id=uuid4(),
        recipient_id=uuid4(),
        facts=facts_of(one.signal.data.candidate),
        facts_at=one.signal.timestamp,
        addresses={
            kind: {sent.index: Held(uuid4(), one.signal.timestamp)} for kind, sent in one.addresses.items()
        },
    )


def _is_unheard_of(one: Readable, stock: Stock, namesakes: Mapping[bytes, Iterable[str]]) -> bool:
    """Whether nobody has the document, and nobody of this name was ever reached over one of the addresses."""
    name = one.signal.data.candidate.name
    return one.index not in stock.elsewhere and not any(
        same_name(known, name) for sent in one.addresses.values() for known in namesakes.get(sent.index, ())
    )


def _tells_nothing_new(one: Readable, person: Known) -> bool:
    """Whether the same facts are known, and of each kind sent one address, which is the same."""
    return (
        person.is_settled
        and facts_of(one.signal.data.candidate) == person.facts
        # A renewed permit has the same holder and another number.
        and one.document.lifelong.endswith(f":{one.document.number}")
        and all(
            len(known := person.addresses.get(kind, {})) == 1 and sent.index in known
            for kind, sent in one.addresses.items()
        )
    )


def _hear(one: Readable, person: Known, found: Plan) -> None:
    """The same is true at a later moment; a fail says nothing of somebody whose other application is open."""
    if person.is_under_way and not one.is_pass:
        return
    at = one.signal.timestamp
    if at > person.facts_at:
        person.facts_at = found.heard[person.person_id] = at
    for kind, sent in one.addresses.items():
        held = person.addresses[kind][sent.index]
        if at > held.event_at:
            held.event_at = at
            found.named[held.key] = held
