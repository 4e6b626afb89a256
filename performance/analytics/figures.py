"""What a period of hiring comes to: counts of candidates and how long each step took."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many of a cohort came how far.

    Attributes:
        held: whom another branch has.
        twice: who was sent a notice while an earlier one was alive; the database lets nobody be.
    """

    passed: int
    held: int
    confirmed: int
    reviewed: int
    sent: int
    delivered: int
    read: int
    answered: int
    accepted: int
    first_day: int
    twice: int
    follow_ups: int
    median: timedelta | None
    p90: timedelta | None

    def share(self, reached: int) -> float | None:
        """A stage as a share of the notices sent."""
        return reached / self.sent if self.sent else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step took: number of rows, median and 90th percentile."""

    rows: int
    median: timedelta | None
    p90: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A branch, position, week or text with its candidates; ``key`` is what tells it apart."""

    key: Any
    sent: int
    delivered: int
    read: int
    answered: int
    median: timedelta | None = None
    p90: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The messages of one channel that a provider took, and how far they came."""

    channel: str
    taken: int
    delivered: int
    read: int
    failed: int
