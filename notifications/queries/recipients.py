"""Which address a channel writes to."""

from collections.abc import Iterable
from uuid import UUID

from notifications.enums import ADDRESS_OF_CHANNEL, AddressState, ChannelCode
from notifications.models import Address


def current_addresses(recipient_ids: Iterable[UUID]) -> dict[tuple[UUID, str], Address]:
    """The newest usable address of each kind, keyed by (recipient id, kind): one query."""
    rows = (
        Address.objects.filter(recipient_id__in=list(recipient_ids), state=AddressState.USABLE)
        .order_by("recipient_id", "kind", "-event_at", "-pk")
        .distinct("recipient_id", "kind")
    )
    return {(row.recipient_id, row.kind): row for row in rows}


def address_for(recipient_id: UUID, channel: str) -> Address | None:
    """The newest usable address of the channel's kind, if any."""
    kind = ADDRESS_OF_CHANNEL[ChannelCode(channel)]
    return current_addresses([recipient_id]).get((recipient_id, kind))
