"""How long a day is waited for: through a restart of the database, and while anything moves."""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from tests.rehearsal.options import LONGEST_SECONDS

T = TypeVar("T")
PATIENCE_SECONDS, PAUSE_SECONDS, STILL_SECONDS = 180.0, 1.0, 300.0


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


class Watch:
    """Calls a day off that does not settle: after ``longest`` seconds, or when nothing has moved for long."""

    def __init__(self, longest: float = LONGEST_SECONDS) -> None:
        self._longest, self._moved_at = longest, 0.0
        self._work: Mapping[str, int] | None = None

    def is_over(self, work: Mapping[str, int], *, at: float) -> bool:
        """Look at what is open, ``at`` seconds after the start."""
        if work != self._work:
            self._work, self._moved_at = work, at
        return at > min(self._longest, self._moved_at + STILL_SECONDS)
