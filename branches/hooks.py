"""Where the apps above take part in what happens to branches, roles and the access log."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from uuid import UUID

from branches.models import Branch, RoleGrant, User
from hrportal.kernel.hooks import Hook


@Hook
def branch_ended(*, branch: Branch, successor: Branch | None, now: datetime, by: User) -> int:
    """Give the branch's open work to the successor, or only count it where there is none; returns how much it is."""
    raise NotImplementedError


@Hook
def role_ended(*, grant: RoleGrant, now: datetime) -> int:
    """Hand up what waited for the holder of the role alone; returns how much it was."""
    raise NotImplementedError


@Hook
def applications_of_subject(words: str, /) -> AbstractSet[UUID]:
    """The applications of the person to whom an auditor's words refer."""
    raise NotImplementedError
