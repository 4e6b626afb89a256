"""Which address a channel writes to."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q

from hrportal.kernel.encryption import blind_index
from notifications.channels import CHANNELS
from notifications.enums import AddressState, NoticeState
from notifications.models import Address, Approval, Notice

Addresses = dict[tuple[UUID, str], Address]


def address_index(*, kind: str, value: str) -> bytes:
    """How an address is found: the blind index of its normalised value."""
    return blind_index(value, purpose=f"address:{kind}")


def usable_addresses(recipient_ids: Iterable[UUID]) -> list[Address]:
    """Every usable address, what a person of the bank gave first, then the newest: one query."""
    rows = Address.objects.filter(recipient_id__in=list(recipient_ids), state=AddressState.USABLE)
    return list(rows.order_by("-given_by_staff", "-event_at", "-pk"))


def current_addresses(recipient_ids: Iterable[UUID]) -> Addresses:
    """The address of each kind to be used, keyed by (recipient id, kind): one query.

    What a person of the bank gave holds against what machines sent, before or since.
    """
    return in_use(usable_addresses(recipient_ids))


def in_use(rows: Iterable[Address]) -> Addresses:
    """Of rows in the order of ``usable_addresses`` the first of each recipient and kind. Pure."""
    found: Addresses = {}
    for row in rows:
        found.setdefault((row.recipient_id, row.kind), row)
    return found


def address_for(recipient_id: UUID, channel: str) -> Address | None:
    """The address of the channel's kind to be used, if any."""
    return current_addresses([recipient_id]).get((recipient_id, CHANNELS[channel].address))


def address_as_approved(rows: Collection[Address], kind: str, *, approval: Approval) -> Address | None:
    """Where an approved notice goes: to the address it was approved for, or one that a person gave since.

    ``rows`` are the recipient's as ``usable_addresses`` has them. What a machine sent since the approval
    is not used: nobody has approved the notice for it. Pure.
    """
    own = [row for row in rows if row.kind == kind]
    if approval.addresses is None:
        return own[0] if own else None
    given = next((row for row in own if row.given_by_staff and row.event_at > approval.at), None)
    return given or next((row for row in own if str(row.pk) == approval.addresses.get(kind)), None)


def approval_of(notice: Notice) -> Approval | None:
    """The approval of the notice's present content, if there is one."""
    rows = [row for row in notice.approvals.all() if row.content_hash == notice.content_hash]
    return max(rows, key=lambda row: row.at, default=None)


def addresses_in_force(recipient_id: UUID, *, today: date) -> dict[str, Address]:
    """By kind, what no machine may replace: what people gave, and what a running notice was approved for.

    A notice runs while it can be answered, and after the answer until the first day.
    """
    rows = usable_addresses([recipient_id])
    found = {row.kind: row for row in reversed(rows) if row.given_by_staff}
    running = Q(state__in=[NoticeState.APPROVED, NoticeState.SENT]) | Q(
        state=NoticeState.CLOSED, onboarding_on__gte=today
    )
    notices = Notice.objects.filter(running, recipient_id=recipient_id).prefetch_related("approvals")
    for approval in filter(None, map(approval_of, notices.order_by("approved_at"))):
        for kind in {row.kind for row in rows}:
            if address := address_as_approved(rows, kind, approval=approval):
                found[kind] = address
    return found
