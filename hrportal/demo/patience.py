"""A day outlives a restart of the database, as the portal does: whoever asks waits and asks again."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")

PATIENCE_SECONDS = 180.0
PAUSE_SECONDS = 1.0


def patiently(work: Callable[[], T], *, pause: Callable[[float], object] = time.sleep) -> T:
    """What ``work`` returns once the database answers. It must be safe to do again from its start.

    Raises:
        OperationalError, InterfaceError: the database was away for longer than ``PATIENCE_SECONDS``.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            # A dead connection is not used again.
            connection.close()
            pause(PAUSE_SECONDS)
