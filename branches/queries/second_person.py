"""Whether somebody is a second person to those who acted before: reads for ``branches.rules``."""

from collections.abc import Collection, Iterable
from datetime import datetime

from branches.access import Permission, active_grants
from branches.models import Branch, Delegation, RoleGrant, User
from branches.queries.tree import head_office, paths_down_to
from branches.roles import GRANTING_ROLES, rights_of_role, roles_with
from branches.rules import Account, DelegatedRight, Origins, Right, hands_of, is_independent

# Who did something, and when.
Act = tuple[int, datetime]


def is_second_person(
    second: User,
    *,
    acts: Iterable[Act],
    permission: Permission,
    branch: Branch | None,
    now: datetime,
    own_right: bool = False,
) -> bool:
    """Whether ``second`` may decide about what others did: another person, by a right that is not from them.

    What nobody did (a machine did) has no first person: whoever may decide does.

    Args:
        second: who decides.
        acts: who did what is decided about, and when: what was delegated to them then counts as well.
        permission: by which the decision is made.
        branch: where; None for the bank as a whole.
        now: business time.
        own_right: a right that is only delegated does not do.
    """
    done = list(acts)
    if not done:
        return True
    rights = rights_of(second, permission=permission, branch=branch, now=now, own_right=own_right)
    return _is_second(second.pk, acts=done, rights=rights)


def _is_second(second: int, *, acts: list[Act], rights: list[Right]) -> bool:
    delegations = delegations_to({user for user, _at in acts})
    known = {second, *(user for user, _at in acts)}
    known |= {
        key
        for delegation in delegations
        for key in (delegation.delegator, delegation.arranged_by)
        if key is not None
    }
    known |= {
        key
        for right in rights
        for key in (right.granted_by, right.delegated_by, right.arranged_by)
        if key is not None
    }
    origins = origins_of(known)
    first: set[int] = set()
    for user, at in acts:
        first |= hands_of(user, at=at, origins=origins, delegations=delegations)
    return is_independent(second, first=first, rights=rights, origins=origins)


def rights_of(
    user: User, *, permission: Permission, branch: Branch | None, now: datetime, own_right: bool = False
) -> list[Right]:
    """Every way in which the user holds the permission here now: own grants and, unless ``own_right``, delegated ones."""
    place = branch or head_office()
    delegations = Delegation.objects.filter(delegate=user, valid_from__lte=now, valid_until__gt=now)
    delegated = {delegation.delegator_id: delegation for delegation in delegations}
    found = []
    for grant in active_grants(user, now=now):
        holds_here = permission in rights_of_role(grant.role).permissions and place.path.startswith(
            grant.branch.path
        )
        delegation = delegated.get(grant.user_id) if grant.user_id != user.pk else None
        if not holds_here or (delegation is not None and own_right):
            continue
        found.append(
            Right(grant.granted_by_id, delegation.delegator_id, delegation.arranged_by_id)
            if delegation is not None
            else Right(grant.granted_by_id)
        )
    return found


def delegations_to(users: Collection[int]) -> list[DelegatedRight]:
    """Everything that was ever delegated to these users: one query."""
    rows = Delegation.objects.filter(delegate__in=users)
    return [
        DelegatedRight(*row)
        for row in rows.values_list("delegator", "delegate", "arranged_by", "valid_from", "valid_until")
    ]


def origins_of(users: Collection[int]) -> Origins:
    """Where these accounts and those on the way to them come from: two queries for each step upwards."""
    accounts: dict[int, Account] = {}
    managers: dict[int, list[int | None]] = {}
    wanted = set(users)
    while wanted:
        rows = User.objects.filter(pk__in=wanted).values_list("pk", "invited_by", "is_vouched")
        accounts |= {pk: Account(invited_by, is_vouched) for pk, invited_by, is_vouched in rows}
        grants = RoleGrant.objects.filter(user__in=wanted, role__in=GRANTING_ROLES)
        for user, granted_by in grants.values_list("user", "granted_by"):
            managers.setdefault(user, []).append(granted_by)
        above = {accounts[pk].invited_by for pk in wanted if pk in accounts}
        above |= {maker for pk in wanted for maker in managers.get(pk, ())}
        wanted = {key for key in above if key is not None} - accounts.keys()
    return Origins(accounts, managers)


def has_second_person(
    *, acts: Iterable[Act], permission: Permission, branch: Branch, but: User, now: datetime
) -> bool:
    """Whether anybody else decides about this by a right of their own, or ever did.

    Whoever ends the role of the only second person is not alone by that: the operator makes another.
    """
    grants = RoleGrant.objects.filter(
        role__in=roles_with(permission),
        branch__path__in=paths_down_to(branch),
        valid_from__lte=now,
    )
    done, others = list(acts), grants.exclude(user=but).order_by("branch__path", "pk")
    return any(
        _is_second(user, acts=done, rights=[Right(granted_by)])
        for user, granted_by in others.values_list("user", "granted_by")
    )
