"""What was sent otherwise than the bank holds it, and waits for a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.addresses import mask_address
from notifications.enums import AddressKind
from notifications.models import Address
from notifications.queries.recipients import addresses_in_force
from recruitment.enums import Education, Gender
from recruitment.models import FactDifference, Person


@dataclass(frozen=True, slots=True)
class Difference:
    """Both values as a person may see them; ``seen`` tells this value from one that comes later."""

    id: UUID
    label: str
    held: str
    sent: str
    sent_at: datetime
    seen: str


def stamp_of(row: FactDifference) -> str:
    """What tells one sent value from the next without showing it."""
    return row.sent_at.isoformat()


def differences_of(
    person: Person, rows: Iterable[FactDifference], *, addresses: Mapping[str, Address], now: datetime
) -> list[Difference]:
    """What people read of open ones; addresses are masked.

    ``addresses`` are those in use, by kind; those that no machine may replace cost three queries more where
    one of them differs.
    """
    rows = list(rows)
    held = dict(addresses)
    if any(row.fact in AddressKind.values for row in rows):
        held |= addresses_in_force(person.recipient_id, today=timezone.localdate(now))
    found = []
    for row in rows:
        sent = row.sent.decrypt()
        if row.fact in AddressKind.values:
            address = held.get(row.fact)
            both = (
                mask_address(row.fact, address.value.decrypt()) if address else "–",
                mask_address(row.fact, sent),
            )
            label = str(AddressKind(row.fact).label)
        else:
            both = _word(row.fact, str(getattr(person, row.fact))), _word(row.fact, sent)
            label = _label(row.fact)
        found.append(Difference(row.pk, label, both[0], both[1], row.sent_at, stamp_of(row)))
    return found


def _label(fact: str) -> str:
    return {
        "name": _("Name"),
        "gender": _("Gender"),
        "education": _("Education"),
        "graduation_year": _("Graduation year"),
    }.get(fact, fact)


def _word(fact: str, value: str) -> str:
    words: dict[str, type[Education | Gender]] = {"education": Education, "gender": Gender}
    labels = dict(words[fact].choices) if fact in words else {}
    return str(labels.get(value, value)) or "–"
