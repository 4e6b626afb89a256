"""Whom a document or a name with an address belongs to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from hrportal.kernel.encryption import blind_index
from hrportal.kernel.optimistic_lock import digest
from hrportal.kernel.texts import same_name
from notifications.models import Address
from notifications.queries.recipients import address_index, current_addresses
from recruitment.identity import Document, known_document
from recruitment.models import Person, PersonDocument


def document_index(lifelong: str) -> bytes:
    """How a person is found: the blind index of ``Document.lifelong``."""
    return blind_index(lifelong, purpose="id_number")


def holder_of(document: Document) -> UUID | None:
    """Whose document this is; None if the bank knows nobody by it."""
    index = document_index(document.lifelong)
    found = Person.objects.filter(id_index=index).values_list("pk", flat=True).first()
    if found is None:
        found = PersonDocument.objects.filter(id_index=index).values_list("person_id", flat=True).first()
    return found


def namesake_of(*, name: str, addresses: Mapping[str, str]) -> Person | None:
    """Somebody of this name who was ever reached over one of these addresses (kind to normalised value)."""
    if not addresses:
        return None
    indexes = [address_index(kind=kind, value=value) for kind, value in addresses.items()]
    holders = Person.objects.filter(
        recipient__in=Address.objects.filter(index__in=indexes).values("recipient"), anonymised_at=None
    )
    return next((person for person in holders.order_by("pk") if same_name(person.name, name)), None)


def facts_digest(person: Person) -> str:
    """What whoever puts a person's facts right has before them: the facts, and which addresses are used."""
    addresses = current_addresses([person.recipient_id])
    used = sorted((kind, row.pk) for (_recipient, kind), row in addresses.items())
    return digest(person.name, person.gender, person.education, person.graduation_year, used)


def document_of_person(person: Person, *, now: datetime) -> Document:
    """The document of a row.

    Raises:
        DecryptionFailed: the number does not open.
    """
    number = person.id_number.decrypt()
    return known_document(number, id_type=person.id_type, today=timezone.localdate(now))
