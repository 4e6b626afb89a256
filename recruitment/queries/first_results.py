"""What a batch of signals meets in the database, in one statement for each table."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from branches.models import Department, Position
from hrportal.kernel import texts
from notifications.enums import AddressKind
from notifications.models import Address, Recipient
from notifications.queries.recipients import address_index
from recruitment.enums import CLAIMING_STATES, ApplicationState
from recruitment.first_results import Held, Known, Place, Readable, Sent
from recruitment.identity import read_document
from recruitment.models import Application, InterviewResult, Person, PersonDocument
from recruitment.queries.people import document_index
from recruitment.queries.signal_checks import addresses_of, note_of
from recruitment.wire import Signal, SignalType


def readable(*, pk: UUID, received_at: datetime, signal: Signal, today: date) -> Readable | None:
    """The signal with what finds its person; None where a person of the bank may have to look at it.

    Raises:
        IdNumberImpossible: no such document is known.
    """
    candidate = signal.data.candidate
    if signal.type == SignalType.WITHDRAWN or texts.name_fault(candidate.name):
        return None
    document = read_document(candidate.id_number, id_type=candidate.id_type, today=today)
    addresses, bad = addresses_of(candidate)
    if AddressKind.PHONE in bad and not addresses.keys() - bad:
        return None
    return Readable(
        pk=pk,
        received_at=received_at,
        signal=signal,
        document=document,
        index=document_index(document.lifelong),
        addresses={
            kind: Sent(value=value, index=address_index(kind=kind, value=value), is_landline=str(kind) in bad)
            for kind, value in addresses.items()
        },
        note=note_of(bad),
    )


def places_of(branches: Mapping[str, int], signals: Sequence[Readable]) -> dict[tuple[str, str], Place]:
    """Keys by branch and position code, of these branches (key by code): two statements."""
    codes = {one.signal.data.application.position_code for one in signals}
    positions = Position.objects.filter(code__in=codes).values_list("code", "pk", "department_code")
    departments = {
        (branch_id, code): pk
        for branch_id, code, pk in Department.objects.filter(
            branch__in=branches.values(), code__in={department for _code, _pk, department in positions}
        ).values_list("branch_id", "code", "pk")
    }
    return {
        (branch, code): Place(branch_id, position_id, departments[branch_id, department])
        for branch, branch_id in branches.items()
        for code, position_id, department in positions
        if (branch_id, department) in departments
    }


def documents_known(indexes: Collection[bytes]) -> frozenset[bytes]:
    """Those of these documents that belong to somebody: one statement."""
    own = Person.objects.filter(id_index__in=indexes).values_list("id_index", flat=True)
    further = PersonDocument.objects.filter(id_index__in=indexes).values_list("id_index", flat=True)
    return frozenset(bytes(index) for index in own.union(further))


def known_people(rows: Collection[Mapping[str, Any]]) -> dict[bytes, Known]:
    """People by document index, from the values of their locked rows: three statements."""
    if not rows:
        return {}
    recipients = [row["recipient_id"] for row in rows]
    languages = dict(Recipient.objects.filter(pk__in=recipients).values_list("pk", "language"))
    under_way = set(
        Application.objects.filter(
            person__in=[row["pk"] for row in rows],
            state__in=[ApplicationState.TO_DECIDE, *CLAIMING_STATES],
        ).values_list("person_id", flat=True)
    )
    addresses: dict[UUID, dict[str, dict[bytes, Held]]] = defaultdict(lambda: defaultdict(dict))
    by_staff = set()
    for recipient, kind, index, pk, event_at, given in Address.objects.filter(
        recipient__in=recipients
    ).values_list("recipient_id", "kind", "index", "pk", "event_at", "given_by_staff"):
        addresses[recipient][kind][bytes(index)] = Held(pk, event_at)
        if given:
            by_staff.add(recipient)
    return {
        bytes(row["id_index"]): Known(
            person_id=row["pk"],
            recipient_id=row["recipient_id"],
            facts=(
                row["name"],
                row["gender"],
                row["education"],
                row["graduation_year"],
                tuple(row["experience_tags"]),
                languages[row["recipient_id"]],
            ),
            facts_at=row["facts_at"],
            addresses=addresses[row["recipient_id"]],
            is_settled=not row["corrected"]
            and row["anonymised_at"] is None
            and row["recipient_id"] not in by_staff,
            is_under_way=row["pk"] in under_way,
        )
        for row in rows
    }


def names_by_address(indexes: Collection[bytes]) -> dict[bytes, frozenset[str]]:
    """Names of everybody who was ever reached over these addresses, by address index: one statement."""
    found: dict[bytes, set[str]] = defaultdict(set)
    rows = Address.objects.filter(
        index__in=indexes, recipient__person__isnull=False, recipient__person__anonymised_at=None
    )
    for index, name in rows.values_list("index", "recipient__person__name"):
        found[bytes(index)].add(name)
    return {index: frozenset(names) for index, names in found.items()}


def refs_known(signals: Sequence[Readable]) -> frozenset[str]:
    """The application references among them that are known."""
    refs = [one.signal.data.application.application_ref for one in signals]
    return frozenset(Application.objects.filter(ref__in=refs).values_list("ref", flat=True))


def interviews_known(signals: Sequence[Readable]) -> frozenset[str]:
    """The interviews among them that are known."""
    ids = [one.signal.data.interview_id for one in signals]
    known = InterviewResult.objects.filter(interview_id__in=ids)
    return frozenset(known.values_list("interview_id", flat=True))
