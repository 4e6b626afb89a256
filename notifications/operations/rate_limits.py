"""The cap per recipient address, channel and day, held by the database."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

# In one order, so that two dispatchers that count the same addresses wait for each other and never in a ring.
_TAKE = """
INSERT INTO notifications_sendratelimit AS mine (address_id, channel, day, sent, cap)
SELECT address_id, channel, %s, 1, %s FROM unnest(%s::uuid[], %s::text[]) AS asked (address_id, channel)
ORDER BY address_id, channel
ON CONFLICT (address_id, channel, day) DO UPDATE SET sent = mine.sent + 1 WHERE mine.sent < mine.cap
RETURNING address_id, channel
"""
_RELEASE = """
WITH given AS (
    SELECT mine.id, back.number FROM notifications_sendratelimit mine
    JOIN unnest(%s::uuid[], %s::text[], %s::date[], %s::int[]) AS back (address_id, channel, day, number)
        USING (address_id, channel, day)
    ORDER BY mine.address_id, mine.channel FOR UPDATE OF mine
)
UPDATE notifications_sendratelimit kept SET sent = greatest(kept.sent - given.number, 0)
FROM given WHERE kept.id = given.id
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


def refund_rate_limits(messages: Mapping[tuple[UUID, str, date], int]) -> None:
    """Give back what so many messages that certainly were not taken had counted, by address, channel and day."""
    if not messages:
        return
    # In the same order as they are taken.
    rows = [(str(address), channel, day, number) for (address, channel, day), number in messages.items()]
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [list(column) for column in zip(*sorted(rows), strict=True)])
