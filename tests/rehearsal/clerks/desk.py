"""What all clerks have in common: their temper, their access, the order in which they work."""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import ClassVar

from django.db import OperationalError

from branches.access import Access, access_of
from branches.models import Branch, User
from tests.provider_simulator.chance import fraction
from tests.rehearsal.bank.staff import CLERK, PROVINCE
from tests.rehearsal.lab import Lab

# Most of it is done within minutes of business time, a little of it only after a reminder or later.
QUICK_FROM, QUICK_UNTIL = 1.0, 12.0
LATE_SHARE, LATE_FROM, LATE_UNTIL = 0.03, 62.0, 128.0
# In a run that stays up, this share of the demo's own province waits for whoever signs in.
LEFT_FOR_VISITORS = 0.25
AT_A_TIME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What the clerks of one run share. ``keeps_some`` leaves work to the people who sign in."""

    seed: int
    keeps_some: bool
    lab: Lab


@dataclass
class Desk(ABC):
    """One kind of work, done by one or several clerks. Used by one thread."""

    office: Office
    # What was done, by verb; what could not be done because somebody or something was faster.
    did: Counter[str] = field(default_factory=Counter)
    name: ClassVar[str]

    @abstractmethod
    def round(self, *, now: datetime) -> int:
        """Work what is ripe; returns how many items still lie here for this desk to do later."""

    def chance(self, *words: object) -> float:
        """A number in [0, 1) that is the same for the same item in every run."""
        return fraction(self.office.seed, self.name, *map(str, words))

    def is_ripe(self, item: object, *, since: datetime, now: datetime) -> bool:
        """Whether a clerk would have come to this item by now."""
        return now >= since + timedelta(minutes=self.minutes(item))

    def minutes(self, item: object) -> float:
        """How long the item lies before somebody takes it up."""
        share = self.chance("pace", item)
        if self.chance("late", item) < LATE_SHARE:
            return LATE_FROM + share * (LATE_UNTIL - LATE_FROM)
        return QUICK_FROM + share * (QUICK_UNTIL - QUICK_FROM)

    def is_left(self, item: object, branch: Branch) -> bool:
        """Whether this one is left for the people who sign in."""
        if not self.office.keeps_some or not branch.path.startswith(self._visitors_path):
            return False
        return self.chance("left", item) < LEFT_FOR_VISITORS

    def access(self, username: str, *, now: datetime) -> Access:
        """What a clerk may do; looked up once."""
        known = self._users.get(username)
        if known is None:
            known = self._users[username] = User.objects.get(username=username)
        return access_of(known, now=now)

    def reviewers(self, *, now: datetime) -> list[Access]:
        """The reviewers of the provinces, then of the head office."""
        names = User.objects.filter(username__startswith=f"{CLERK}review-").values_list("username", flat=True)
        return [self.access(name, now=now) for name in sorted(names, reverse=True)]

    @cached_property
    def _users(self) -> dict[str, User]:
        return {}

    @cached_property
    def _visitors_path(self) -> str:
        path: str = Branch.objects.get(code=PROVINCE).path
        return path


# A page would show "try again": the row is worked in the next round.
BUSY = (OperationalError,)
