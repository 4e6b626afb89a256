"""The cap per recipient address, channel and day, held by the database."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone

from notifications.models import SendRateLimit

# In one order, so that two dispatchers that count the same addresses wait for each other and never in a ring.
_TAKE = """
INSERT INTO notifications_sendratelimit AS mine (address_id, channel, day, sent, cap)
SELECT address_id, channel, %s, 1, %s FROM unnest(%s::uuid[], %s::text[]) AS asked (address_id, channel)
ORDER BY address_id, channel
ON CONFLICT (address_id, channel, day) DO UPDATE SET sent = mine.sent + 1 WHERE mine.sent < mine.cap
RETURNING address_id, channel
"""


def consume_rate_limits(asked: Sequence[tuple[UUID, str]], *, now: datetime) -> list[bool]:
    """Count one message for today per address and channel; where today's cap is reached, False and nothing counted.

    One statement for all, and one more for each further message to the same address on the same channel:
    a statement counts a row once.
    """
    taken = [False] * len(asked)
    waiting = list(range(len(asked)))
    while waiting:
        turn = {asked[index]: index for index in reversed(waiting)}
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE,
                [
                    timezone.localdate(now),
                    settings.RECIPIENT_DAILY_CAP,
                    [str(address_id) for address_id, _channel in turn],
                    [channel for _address_id, channel in turn],
                ],
            )
            for key in cursor.fetchall():
                taken[turn[key]] = True
        waiting = [index for index in waiting if index not in turn.values()]
    return taken


def refund_rate_limit(*, address_id: UUID, channel: str, now: datetime) -> None:
    """Give back what a message that certainly was not taken had counted."""
    SendRateLimit.objects.filter(
        address_id=address_id, channel=channel, day=timezone.localdate(now), sent__gt=0
    ).update(sent=F("sent") - 1)
