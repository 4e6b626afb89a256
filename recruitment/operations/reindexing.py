"""Persons are found by the lifelong part of their document: rows from before that, and who stands twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from branches.queries import branch_above, head_office
from hrportal.kernel.encryption import DecryptionFailed
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.texts import same_name
from recruitment.enums import OPEN_MATCH_STATES, MatchKind, MatchState
from recruitment.models import Application, MatchReview, Person
from recruitment.queries.people import document_index, document_of_person

BATCH = 500
# Two persons who were ever reached over one address.
_SHARED = """
SELECT DISTINCT p.id, q.id
FROM notifications_address a
JOIN notifications_address b ON b.kind = a.kind AND b.index = a.index AND b.recipient_id > a.recipient_id
JOIN recruitment_person p ON p.recipient_id = a.recipient_id AND p.anonymised_at IS NULL
JOIN recruitment_person q ON q.recipient_id = b.recipient_id AND q.anonymised_at IS NULL
"""


@dataclass(slots=True)
class Reindexed:
    """How many rows were read, changed and could not be opened, and the pairs that were found."""

    read: int = 0
    changed: int = 0
    broken: int = 0
    pairs: list[tuple[UUID, UUID]] = field(default_factory=list)


def reindex_persons(*, now: datetime) -> Reindexed:
    """Find every person by the lifelong part from now on, and note who stands twice; may be repeated.

    A person whose part another row has keeps the old index until the two are merged.
    """
    done = Reindexed()
    keys = list(Person.objects.filter(anonymised_at=None).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            rows = Person.objects.select_for_update(of=("self",)).filter(pk__in=keys[start : start + BATCH])
            for person in rows.order_by("pk"):
                _reindex(person, done, now=now)
    for one, other in _namesakes():
        if _note_pair(one, other, now=now):
            done.pairs.append((one, other))
    return done


def _reindex(person: Person, done: Reindexed, *, now: datetime) -> None:
    done.read += 1
    try:
        document = document_of_person(person, now=now)
    except DecryptionFailed:
        done.broken += 1
        return
    index = document_index(document.lifelong)
    if index == bytes(person.id_index):
        return
    holder = Person.objects.filter(id_index=index).values_list("pk", flat=True).first()
    if holder is not None:
        if _note_pair(holder, person.pk, now=now):
            done.pairs.append((holder, person.pk))
        return
    person.id_index, person.id_type = index, document.id_type
    person.save(update_fields=["id_index", "id_type"])
    done.changed += 1


@bank_wide("two records of one person may be at any branches")
@transaction.atomic
def note_pair(*, one: Person, other: Person, now: datetime) -> MatchReview | None:
    """Somebody of the bank says that two records may be one person; None if they are one already."""
    if one.pk == other.pk:
        return None
    both = Q(person=one, other=other) | Q(person=other, other=one)
    known = MatchReview.objects.filter(both, kind=MatchKind.MERGE, state__in=OPEN_MATCH_STATES).first()
    return known or _make_pair(one.pk, other.pk, now=now)


def _namesakes() -> Iterator[tuple[UUID, UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(_SHARED)
        pairs = cursor.fetchall()
    names = dict(
        Person.objects.filter(pk__in={key for pair in pairs for key in pair}).values_list("pk", "name")
    )
    return ((one, other) for one, other in pairs if same_name(names[one], names[other]))


def _note_pair(one: UUID, other: UUID, *, now: datetime) -> bool:
    """Put the two before people, unless they were already; False then."""
    both = Q(person=one, other=other) | Q(person=other, other=one)
    if MatchReview.objects.filter(both, kind=MatchKind.MERGE).exists():
        return False
    _make_pair(one, other, now=now)
    return True


def _make_pair(one: UUID, other: UUID, *, now: datetime) -> MatchReview:
    paths = list(Application.objects.filter(person__in=[one, other]).values_list("branch__path", flat=True))
    return MatchReview.objects.create(
        kind=MatchKind.MERGE,
        state=MatchState.FOUND,
        branch=branch_above(paths) if paths else head_office(),
        person_id=one,
        other_id=other,
        found_at=now,
    )
