"""Taking a batch of first results in and deciding them: locked, read, planned and written as one."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from branches.models import Branch
from hrportal.kernel import bulk, history
from hrportal.kernel.fields import encrypted
from notifications.enums import AddressState
from notifications.models import Address, Recipient
from notifications.operations.recipients import LANDLINE
from recruitment.enums import ApplicationState, SignalState
from recruitment.first_results import NewApplication, NewPerson, Plan, Readable, Stock, plan
from recruitment.models import (
    Application,
    CandidateRef,
    InterviewResult,
    InterviewSignal,
    Person,
)
from recruitment.operations.deciding import decide_people
from recruitment.operations.people import turn_keys
from recruitment.queries.first_results import (
    documents_known,
    interviews_known,
    known_people,
    names_by_address,
    places_of,
    refs_known,
)
from recruitment.wire import content_of

# Whoever comes from another batch or alone to one of these people or addresses waits until this one is over.
_TURNS = "SELECT key FROM unnest(%s::bigint[]) AS key WHERE pg_try_advisory_xact_lock(key)"
# As a foreign key locks them: whoever closes a branch waits for the batch, and the batch for nobody.
_OPEN_BRANCHES = (
    f'SELECT code, id FROM "{Branch._meta.db_table}" '  # noqa: S608 - the name of the model
    "WHERE code = ANY(%s) AND closed_on IS NULL ORDER BY id FOR KEY SHARE SKIP LOCKED"
)
# The keys of rows that name each other are looked at before the savepoint ends, so that a fault is found in it.
_CHECK = "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"


def take_turns(signals: Sequence[Readable]) -> list[Readable]:
    """Those of them whose people and addresses nobody else has in hand; nobody is waited for."""
    if not signals:
        return []
    wanted = {
        one.pk: turn_keys(one.index, [sent.index for sent in one.addresses.values()]) for one in signals
    }
    with connection.cursor() as cursor:
        cursor.execute(_TURNS, [sorted({key for keys in wanted.values() for key in keys})])
        taken = {key for (key,) in cursor.fetchall()}
    return [one for one in signals if taken.issuperset(wanted[one.pk])]


def take_in_and_decide(signals: Sequence[Readable], *, now: datetime) -> list[UUID]:
    """Take first results in and decide the passes among them; returns their signals. All others stay as they are.

    The caller holds the locks of the signals and their turns, and opens the savepoint.
    """
    found = plan(signals, _stock(signals))
    if not found.applications:
        return []
    _write_people(found)
    _write_applications(found.applications, now=now)
    _write_signals(found.applications, now=now)
    if passed := found.passed:
        decide_people(person_ids=sorted(passed), now=now)
    with connection.cursor() as cursor:
        cursor.execute(_CHECK)
    return [one.told_by.pk for one in found.applications]


def _stock(signals: Sequence[Readable]) -> Stock:
    documents = {one.index for one in signals}
    known = documents_known(documents)
    people = known_people(_lock_holders(known)) if known else {}
    unknown = {sent.index for one in signals if one.index not in known for sent in one.addresses.values()}
    codes = {one.signal.data.application.branch_code for one in signals}
    return Stock(
        places=places_of(_open_branches(codes), signals),
        people=people,
        elsewhere=known - people.keys(),
        namesakes=names_by_address(unknown) if unknown else {},
        refs=refs_known(signals),
        interviews=interviews_known(signals),
    )


def _lock_holders(documents: Collection[bytes]) -> list[bulk.Row]:
    """The people of these documents, locked; without those whom somebody else has in hand."""
    rows = Person.objects.select_for_update(skip_locked=True).filter(id_index__in=documents)
    return list(
        rows.order_by("pk").values(
            *("pk", "recipient_id", "id_index", "name", "gender", "education", "graduation_year"),
            *("experience_tags", "corrected", "facts_at", "anonymised_at"),
        )
    )


def _open_branches(codes: Collection[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_BRANCHES, [list(codes)])
        return dict(cursor.fetchall())


def _write_people(found: Plan) -> None:
    new = {one.known.person_id for one in found.people}
    bulk.insert(Recipient, [_recipient(one) for one in found.people])
    bulk.insert(Person, [_person(one) for one in found.people])
    bulk.insert(Address, [row for one in found.people for row in _addresses(one)])
    made = {
        held.key for one in found.people for kind in one.known.addresses.values() for held in kind.values()
    }
    bulk.update(Person, {key: {"facts_at": at} for key, at in found.heard.items() if key not in new})
    bulk.update(
        Address, {key: {"event_at": held.event_at} for key, held in found.named.items() if key not in made}
    )
    bulk.insert(
        CandidateRef,
        [{"person_id": person_id, "ref": ref} for person_id, ref in sorted(found.refs)],
        ignore_conflicts=True,
    )


def _recipient(one: NewPerson) -> bulk.Row:
    candidate = one.told_by.signal.data.candidate
    language = candidate.preferred_language or "zh-Hans"
    return {"id": one.known.recipient_id, "name": candidate.name, "language": language}


def _person(one: NewPerson) -> bulk.Row:
    candidate, document, key = one.told_by.signal.data.candidate, one.told_by.document, one.known.person_id
    return {
        "id": key,
        "recipient_id": one.known.recipient_id,
        "id_type": document.id_type,
        "id_number": encrypted(Person, key, "id_number", document.number),
        "id_index": one.told_by.index,
        "name": candidate.name,
        "gender": candidate.gender or "",
        "education": candidate.education,
        "graduation_year": candidate.graduation_year,
        "experience_tags": list(candidate.experience_tags),
        "facts_at": one.known.facts_at,
    }


def _addresses(one: NewPerson) -> list[bulk.Row]:
    rows: list[bulk.Row] = []
    for kind, sent in one.told_by.addresses.items():
        held = one.known.addresses[kind][sent.index]
        rows.append(
            {
                "id": held.key,
                "recipient_id": one.known.recipient_id,
                "kind": kind,
                "value": encrypted(Address, held.key, "value", sent.value),
                "index": sent.index,
                "event_at": held.event_at,
                # For people to call; no channel writes to it.
                "state": AddressState.BAD if sent.is_landline else AddressState.USABLE,
                "state_reason": LANDLINE if sent.is_landline else "",
            }
        )
    return rows


def _write_applications(applications: Sequence[NewApplication], *, now: datetime) -> None:
    # In the order of what must be unique, so that two batches which name the same never wait for each other.
    in_order = sorted(applications, key=lambda one: one.told_by.signal.data.application.application_ref)
    keys = dict(
        zip(
            [one.application_id for one in in_order],
            bulk.next_keys(InterviewResult, len(in_order)),
            strict=True,
        )
    )
    bulk.insert(Application, [_application(one, keys[one.application_id], now=now) for one in in_order])
    by_interview = sorted(applications, key=lambda one: one.told_by.signal.data.interview_id)
    bulk.insert(InterviewResult, [_result(one, keys[one.application_id]) for one in by_interview])
    moves = []
    for one in applications:
        application_id, failed = one.application_id, ApplicationState.FAILED
        moves.append(
            history.entry(
                application_id, action="interviewed", now=now, was=failed, to=failed, source="interview"
            )
        )
        if one.told_by.is_pass:
            undecided = ApplicationState.TO_DECIDE
            moves.append(
                history.entry(
                    application_id, action="pass", now=now, was=failed, to=undecided, source="interview"
                )
            )
    history.write(Application, moves)


def _application(one: NewApplication, result_id: int, *, now: datetime) -> bulk.Row:
    data, told_by = one.told_by.signal.data, one.told_by
    return {
        "id": one.application_id,
        "ref": data.application.application_ref,
        "person_id": one.person_id,
        "branch_id": one.place.branch_id,
        "position_id": one.place.position_id,
        "department_id": one.place.department_id,
        "season": data.season,
        "preference": data.application.preference,
        "state": ApplicationState.TO_DECIDE if told_by.is_pass else ApplicationState.FAILED,
        "state_at": now,
        "result_id": result_id,
        "passed_at": told_by.received_at if told_by.is_pass else None,
        "created_at": now,
    }


def _result(one: NewApplication, key: int) -> bulk.Row:
    signal = one.told_by.signal
    return {
        "id": key,
        "application_id": one.application_id,
        "interview_id": signal.data.interview_id,
        "revision": signal.data.revision,
        "event_at": signal.timestamp,
        **content_of(signal),
    }


def _write_signals(applications: Sequence[NewApplication], *, now: datetime) -> None:
    bulk.update(
        InterviewSignal,
        {
            one.told_by.pk: {
                "state": SignalState.INGESTED,
                "processed_at": now,
                "application_id": one.application_id,
                "branch_id": one.place.branch_id,
                "note": one.told_by.note,
            }
            for one in applications
        },
    )
    moves = []
    for one in applications:
        signal_id, received, ingested = one.told_by.pk, SignalState.RECEIVED, SignalState.INGESTED
        moves.append(
            history.entry(
                signal_id, action="ingest", now=now, was=received, to=ingested, reason=one.told_by.note
            )
        )
    history.write(InterviewSignal, moves)
