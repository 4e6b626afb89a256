"""What all scripted clerks have in common: their pace, their access, the order in which they work."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import ClassVar

from django.db import OperationalError

from branches.access import Access, access_of
from branches.models import Branch, User
from branches.operations.reveals import TooManyReveals
from hrportal.kernel.refusals import Refused
from notifications.rendering.findings import NoticeImpossible
from tests.provider_simulator.client import Simulator
from tests.provider_simulator.seeded_random import fraction
from tests.rehearsal.bank.staff import PROVINCE, reviewer

# Most of it is done within minutes of business time, a little of it only after a reminder or later.
QUICK_FROM, QUICK_UNTIL = 1.0, 12.0
LATE_SHARE, LATE_FROM, LATE_UNTIL = 0.03, 62.0, 128.0
# In a run that stays up, this share of the demo's own province waits for whoever signs in.
LEFT_FOR_VISITORS = 0.25
# What a page would say, and whether the item is worked again in a later round.
REFUSALS: tuple[tuple[tuple[type[Exception], ...], str, bool], ...] = (
    ((OperationalError,), "try again", True),
    ((TooManyReveals,), "limit of the hour", True),
    # The item stays open and its deadline escalates it.
    ((NoticeImpossible,), "notice cannot be written", False),
    ((Refused,), "too late", False),
)
REFUSED = tuple(kind for kinds, _, _ in REFUSALS for kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the clerks of one run share. ``keeps_some`` leaves work to the people who sign in."""

    seed: int
    keeps_some: bool
    simulator: Simulator


@dataclass(frozen=True, slots=True)
class Item:
    """What lies on a desk: ``act`` does it and says what was done.

    ``ref`` and ``part`` are the same in every run; without ``since`` it is done at once.
    """

    ref: str
    branch: Branch
    act: Callable[[], str]
    since: datetime | None = None
    part: str = ""


@dataclass
class Desk(ABC):
    """One kind of work, done by one or several clerks with people's permissions. Used by one thread."""

    office: Office
    # What was done, by action; what could not be done because somebody or something was faster.
    did: Counter[str] = field(default_factory=Counter)
    users: dict[str, User] = field(default_factory=dict)
    name: ClassVar[str]

    @abstractmethod
    def items(self, *, now: datetime) -> Iterator[Item]:
        """What lies here now."""

    def round(self, *, now: datetime) -> int:
        """Work what is ripe; returns how many items still lie here for this desk to do later."""
        waiting = 0
        for item in self.items(now=now):
            if self._is_left(item):
                continue
            if item.since and now < item.since + timedelta(minutes=self._minutes(item)):
                waiting += 1
                continue
            try:
                action = item.act()
            except REFUSED as error:
                action, is_later = next(
                    (action, later) for kinds, action, later in REFUSALS if isinstance(error, kinds)
                )
                waiting += is_later
            self.did[action] += 1
        return waiting

    def chance(self, *words: object) -> float:
        """A number in [0, 1) that is the same for the same item in every run."""
        return fraction(self.office.seed, self.name, *map(str, words))

    def access(self, username: str, *, now: datetime) -> Access:
        """What a clerk may do; looked up once."""
        if username not in self.users:
            self.users[username] = User.objects.get(username=username)
        return access_of(self.users[username], now=now)

    def reviewers(self, *, now: datetime) -> list[Access]:
        """The reviewers of the provinces, then of the head office."""
        names = User.objects.filter(username__startswith=reviewer("")).values_list("username", flat=True)
        return [self.access(name, now=now) for name in sorted(names, reverse=True)]

    def _minutes(self, item: Item) -> float:
        """How long the item lies before somebody takes it up."""
        pace = f"{item.ref} {item.part}"
        is_late = self.chance("late", pace) < LATE_SHARE
        begin, end = (LATE_FROM, LATE_UNTIL) if is_late else (QUICK_FROM, QUICK_UNTIL)
        return begin + self.chance("pace", pace) * (end - begin)

    def _is_left(self, item: Item) -> bool:
        """Whether this one is left for the people who sign in."""
        is_theirs = self.office.keeps_some and item.branch.path.startswith(self._visitors_path)
        return is_theirs and self.chance("left", item.ref) < LEFT_FOR_VISITORS

    @cached_property
    def _visitors_path(self) -> str:
        path: str = Branch.objects.get(code=PROVINCE).path
        return path
