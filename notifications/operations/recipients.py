"""Addresses: remembered with the time of their event, marked bad, corrected by staff."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from branches.models import Branch, User
from branches.operations.reveals import take_reveals
from notifications.addresses import is_landline, normalise_address
from notifications.enums import AddressKind, AddressState
from notifications.models import Address
from notifications.operations.address_changes import notify_of_correction, reached_at
from notifications.queries.recipients import address_index

LANDLINE = "landline"


def record_address(
    *, recipient_id: UUID, kind: str, value: str, event_at: datetime, given_by_staff: bool = False
) -> Address:
    """Remember a normalised address; the same one again only moves its event time forward.

    What a person of the bank gives is used from then on, even if it was bad before, and its time is that
    of the person's word: a machine that repeats it does not put it in front of what replaced it.
    """
    index = address_index(kind=kind, value=value)
    same = Address.objects.filter(recipient_id=recipient_id, kind=kind, index=index)
    known = same.first()
    if known is not None:
        newest = Greatest(F("event_at"), event_at)
        if given_by_staff:
            same.update(event_at=newest, given_by_staff=True, state=AddressState.USABLE, state_reason="")
        else:
            same.filter(given_by_staff=False).update(event_at=newest)
        known.refresh_from_db()
        return known
    address = Address(
        recipient_id=recipient_id, kind=kind, index=index, event_at=event_at, given_by_staff=given_by_staff
    )
    if kind == AddressKind.PHONE and is_landline(value):
        # For people to call; no channel writes to it.
        address.state, address.state_reason = AddressState.BAD, LANDLINE
    address.value = value
    address.save(force_insert=True)
    return address


@transaction.atomic
def correct_address(
    *, recipient_id: UUID, kind: str, value: str, branch: Branch, about: UUID | None, now: datetime, by: User
) -> Address:
    """A person of the bank gives the right number or mailbox as it is written.

    It counts like seeing an encrypted value, and wherever the recipient was reached until now is told.

    Args:
        recipient_id: whose.
        kind: of address.
        value: as typed.
        branch: whom the candidate calls about it.
        about: the application, for the access log.
        now: business time.
        by: who.

    Raises:
        AddressImpossible: nothing can reach such an address.
        TooManyReveals: the limit of the hour is reached; the caller writes the refusal down.
    """
    normalised = normalise_address(value, kind=kind)
    was = reached_at(recipient_id)
    address = record_address(
        recipient_id=recipient_id, kind=kind, value=normalised, event_at=now, given_by_staff=True
    )
    take_reveals(
        user=by,
        action="correct_address",
        subject=f"address:{address.pk}",
        branch=branch,
        about=about,
        purpose=str(kind),
        now=now,
    )
    notify_of_correction(was=was, given=[address], branch=branch, now=now, by=by)
    return address


def mark_address_bad(*, address_id: UUID, reason: str) -> None:
    """The provider says that nothing reaches it; it is kept, and not written to again."""
    Address.objects.filter(pk=address_id).update(state=AddressState.BAD, state_reason=reason[:80])
