"""The cap per recipient address, channel and day, held by the database."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from notifications.models import Address, SendAllowance

_TAKE = """
INSERT INTO notifications_sendallowance AS mine (address_id, channel, day, sent, cap)
VALUES (%s, %s, %s, 1, %s)
ON CONFLICT (address_id, channel, day) DO UPDATE SET sent = mine.sent + 1 WHERE mine.sent < mine.cap
RETURNING sent
"""


def take_allowance(*, address: Address, channel: str, now: datetime) -> bool:
    """Count one message for today; False, and nothing counted, when today's cap is reached.

    One statement, because the dispatcher asks for every single message.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [address.pk, channel, timezone.localdate(now), settings.RECIPIENT_DAILY_CAP])
        return cursor.fetchone() is not None


def refund_allowance(*, address_id: UUID, channel: str, now: datetime) -> None:
    """Give back what a message that certainly was not taken had counted."""
    SendAllowance.objects.filter(
        address_id=address_id, channel=channel, day=timezone.localdate(now), sent__gt=0
    ).update(sent=F("sent") - 1)
