"""Granting, ending and lending roles."""

from datetime import datetime

from django.db import transaction

from branches.access import forget, log_disclosure, role_group
from branches.enums import BranchLevel, Role
from branches.models import Branch, Delegation, Department, RoleGrant, User
from branches.operations.sessions import end_sessions

ROLE_LEVELS: dict[Role, tuple[BranchLevel, ...]] = {
    Role.HQ_HR: (BranchLevel.HEAD_OFFICE,),
    Role.PROVINCE_HR: (BranchLevel.PROVINCE,),
    Role.CITY_HR: (BranchLevel.CITY,),
}


class RoleMisplaced(Exception):
    """The role does not exist at this level of the bank, or needs a department."""


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: Role,
    branch: Branch,
    now: datetime,
    department: Department | None = None,
    valid_until: datetime | None = None,
    by: User | None = None,
) -> RoleGrant:
    """Give a role at a branch or department from now on; the same open grant is not doubled.

    Raises:
        RoleMisplaced: head-office HR below head office, a department role without its department.
    """
    levels = ROLE_LEVELS.get(role)
    if levels and branch.level not in levels:
        raise RoleMisplaced(f"{role} cannot be held at a {branch.level}.")
    if (role == Role.DEPARTMENT) != (department is not None):
        raise RoleMisplaced("The department role, and only it, is held at a department.")
    group = role_group(role=role, branch=branch, department=department)
    grant, is_new = RoleGrant.objects.get_or_create(
        user=user,
        role=role,
        branch=branch,
        department=department,
        valid_until=valid_until,
        defaults={"group": group, "valid_from": now, "granted_by": by},
    )
    if is_new:
        log_disclosure(user=by, verb="grant_role", subject=f"role_grant:{grant.pk}", now=now, branch=branch)
    forget(user)
    return grant


@transaction.atomic
def end_role(*, grant: RoleGrant, now: datetime, by: User | None = None) -> None:
    """End a role at this moment; its holder is signed out everywhere and no longer has it."""
    ended = RoleGrant.objects.filter(pk=grant.pk, valid_from__lt=now).update(valid_until=now)
    if not ended:
        RoleGrant.objects.filter(pk=grant.pk).delete()
    log_disclosure(user=by, verb="end_role", subject=f"role_grant:{grant.pk}", now=now, branch=grant.branch)
    end_sessions(user=grant.user)
    forget(grant.user)


@transaction.atomic
def delegate(
    *, giver: User, taker: User, valid_from: datetime, valid_until: datetime, reason: str
) -> Delegation:
    """Lend all one's places to a colleague for an absence; what they do carries their own name."""
    lent = Delegation.objects.create(
        giver=giver, taker=taker, valid_from=valid_from, valid_until=valid_until, reason=reason
    )
    log_disclosure(user=giver, verb="delegate", subject=f"delegation:{lent.pk}", now=valid_from)
    forget(taker)
    return lent
