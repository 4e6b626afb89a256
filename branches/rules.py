"""Whether somebody is a second person: decided on plain values, keys of accounts only.

A right comes from whoever granted it, and from whoever invited its holder, and so on upwards to an account
that the operator made. Whoever stands on that way is no first person to whom its holder is a second.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Who invited it (None: the operator made it), and whether a second person has confirmed that."""

    invited_by: int | None = None
    is_vouched: bool = True


@dataclass(frozen=True, slots=True)
class Right:
    """One way in which a right is held: granted by somebody (None: the operator), own or delegated."""

    granted_by: int | None
    delegated_by: int | None = None
    arranged_by: int | None = None


@dataclass(frozen=True, slots=True)
class DelegatedRight:
    """For a time ``delegate`` acts where ``delegator`` may."""

    delegator: int
    delegate: int
    arranged_by: int | None
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Origins:
    """Where accounts and the rights to grant come from.

    Attributes:
        accounts: by key of the user.
        managers: by key of the user, who granted each role by which it may grant (None: the operator).
    """

    accounts: Mapping[int, Account] = field(default_factory=dict)
    managers: Mapping[int, Collection[int | None]] = field(default_factory=dict)


def hands_of(user: int, *, at: datetime, origins: Origins, delegations: Iterable[DelegatedRight]) -> set[int]:
    """Everybody who acts when ``user`` acts at that moment.

    Beside the user: who made the account alone, since nobody else has seen its owner; who delegated the
    user a right at that moment, since the act may stand on it; who arranged that.
    """
    hands = set(_alone(user, origins))
    for delegation in delegations:
        if delegation.delegate == user and delegation.valid_from <= at < delegation.valid_until:
            hands |= {one for one in (delegation.delegator, delegation.arranged_by) if one is not None}
    return hands


def is_independent(second: int, *, first: Collection[int], rights: Iterable[Right], origins: Origins) -> bool:
    """Whether ``second`` holds one of the rights without anybody of ``first`` on its way."""
    if not _is_clean(second, first, origins, frozenset()):
        return False
    return any(_right_is_clean(right, first, origins) for right in rights)


def _alone(user: int, origins: Origins) -> Iterable[int]:
    seen: set[int] = set()
    one: int | None = user
    while one is not None and one not in seen:
        seen.add(one)
        account = origins.accounts.get(one, Account())
        one = None if account.is_vouched else account.invited_by
    return seen


def _right_is_clean(right: Right, first: Collection[int], origins: Origins) -> bool:
    between = {one for one in (right.delegated_by, right.arranged_by) if one is not None}
    return _may_have_granted(right.granted_by, first, origins, frozenset()) and all(
        _is_clean(one, first, origins, frozenset()) for one in between
    )


def _is_clean(user: int, first: Collection[int], origins: Origins, above: frozenset[int]) -> bool:
    """Neither the account nor anybody on the way to it is of ``first``."""
    if user in first or user in above:
        return False
    invited_by = origins.accounts.get(user, Account()).invited_by
    return _may_have_granted(invited_by, first, origins, above | {user})


def _may_have_granted(
    user: int | None, first: Collection[int], origins: Origins, above: frozenset[int]
) -> bool:
    """Whether what this user granted, or whom it invited, has a way that is free of ``first``."""
    if user is None:
        return True
    if not _is_clean(user, first, origins, above):
        return False
    makers = origins.managers.get(user, ())
    return any(_may_have_granted(maker, first, origins, above | {user}) for maker in makers)
