"""How long a process lets the database work, wait for a lock, and hold a transaction open.

A web request that waits longer helps nobody and keeps a thread; a worker has time; a command (a
migration, a shell) has no limit. The limits travel with each transaction, so they hold behind a pooler.
"""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings


@dataclass(frozen=True)
class Limits:
    """Seconds; 0 is none."""

    statement: float
    lock: float
    idle: float

    @cached_property
    def telling(self) -> str:
        """The settings of the transaction, in milliseconds."""
        return (
            f"SET LOCAL statement_timeout = {self.statement * 1000:.0f}; "
            f"SET LOCAL lock_timeout = {self.lock * 1000:.0f}; "
            f"SET LOCAL idle_in_transaction_session_timeout = {self.idle * 1000:.0f}"
        )


NONE = Limits(statement=0, lock=0, idle=0)
_current = NONE


def current() -> Limits:
    """Those of this process."""
    return _current


def apply(process: str) -> None:
    """Be this kind of process from now on, forked children included: a key of ``settings.DATABASE_LIMITS``."""
    global _current  # noqa: PLW0603 - a process is of one kind
    _current = Limits(**settings.DATABASE_LIMITS[process]) if process else NONE
