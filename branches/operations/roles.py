"""Granting, ending and delegating roles."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from branches.access import forget, log_disclosure, role_group
from branches.hooks import role_ended
from branches.models import Branch, Delegation, Department, RoleGrant, User
from branches.operations.sessions import end_sessions
from branches.roles import Role, rights_of_role
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, Refused

MISPLACED = _("This role is not available at this branch level.")


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: Role,
    branch: Branch,
    now: datetime,
    department: Department | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    by: User | None = None,
) -> RoleGrant:
    """Give a role at a branch or department, from now on or later; the same open grant is not doubled.

    Raises:
        Refused: head-office HR below head office, a department role without its department.
    """
    require_level(role=role, branch=branch, department=department)
    group = role_group(role=role, branch=branch, department=department)
    grant, is_new = RoleGrant.objects.get_or_create(
        user=user,
        role=role,
        branch=branch,
        department=department,
        valid_until=valid_until,
        defaults={"group": group, "valid_from": valid_from or now, "granted_by": by},
    )
    if is_new:
        _note(grant, "grant_role", now=now, by=by)
        log_disclosure(user=by, action="grant_role", subject=f"role_grant:{grant.pk}", now=now, branch=branch)
    forget(user)
    return grant


def require_level(*, role: Role, branch: Branch, department: Department | None) -> None:
    """Refuse unless the role exists at a branch of this level, with or without a department."""
    rights = rights_of_role(role)
    if branch.level not in rights.levels or rights.at_department != (department is not None):
        raise Refused(MISPLACED, field="branch")


@transaction.atomic
def end_role(*, grant: RoleGrant, now: datetime, by: User | None = None, reason: str = "") -> None:
    """End a role at this moment; its holder is signed out everywhere and no longer has it.

    Whoever holds no role any more neither delegates nor borrows. What waits for this role alone is
    escalated by the functions of ``ROLE_END_CHECKS``.

    Raises:
        Conflict: it ended before.
    """
    locked = RoleGrant.objects.select_for_update().filter(pk=grant.pk).first()
    if locked is None or (locked.valid_until is not None and locked.valid_until <= now):
        raise Conflict
    if locked.valid_from < now:
        RoleGrant.objects.filter(pk=grant.pk).update(valid_until=now)
    else:
        locked.delete()
    _note(grant, "end_role", now=now, by=by, reason=reason)
    log_disclosure(user=by, action="end_role", subject=f"role_grant:{grant.pk}", now=now, branch=grant.branch)
    if not _live_grants(grant.user, now=now).exists():
        _end_delegations(grant.user, now=now, by=by)
    role_ended(grant=grant, now=now)
    end_sessions(user=grant.user)
    forget(grant.user)


@transaction.atomic
def create_delegation(
    *,
    delegator: User,
    delegate: User,
    valid_from: datetime,
    valid_until: datetime,
    reason: str,
    now: datetime | None = None,
    by: User | None = None,
) -> Delegation:
    """Delegate all of one's places to a colleague for an absence; what they do carries their own name.

    ``by`` is who arranged it, the delegator if nobody is named; ``now`` is when, the beginning if none is.
    """
    delegated = Delegation.objects.create(
        delegator=delegator,
        delegate=delegate,
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
        arranged_by=by or delegator,
    )
    at, who = now or valid_from, by or delegator
    history.record(delegator, action="delegate", now=at, by=who, reason=reason, other=delegate)
    log_disclosure(user=who, action="delegate", subject=f"delegation:{delegated.pk}", now=at)
    forget(delegate)
    return delegated


@transaction.atomic
def end_delegation(*, delegation: Delegation, now: datetime, by: User | None) -> None:
    """Take back what was delegated, from this moment on.

    Raises:
        Conflict: it ended before.
    """
    locked = Delegation.objects.select_for_update().filter(pk=delegation.pk).first()
    if locked is None or locked.valid_until <= now:
        raise Conflict
    if locked.valid_from < now:
        Delegation.objects.filter(pk=locked.pk).update(valid_until=now)
    else:
        locked.delete()
    history.record(delegation.delegator, action="end_delegation", now=now, by=by, other=delegation.delegate)
    log_disclosure(user=by, action="end_delegation", subject=f"delegation:{delegation.pk}", now=now)
    forget(delegation.delegate)


def _live_grants(user: User, *, now: datetime) -> QuerySet[RoleGrant]:
    """What the user holds, or will."""
    return RoleGrant.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), user=user)


def _end_delegations(user: User, *, now: datetime, by: User | None) -> None:
    rows = Delegation.objects.filter(Q(delegator=user) | Q(delegate=user), valid_until__gt=now)
    for row in rows.select_related("delegator", "delegate"):
        end_delegation(delegation=row, now=now, by=by)


def _note(grant: RoleGrant, action: str, *, now: datetime, by: User | None, reason: str = "") -> None:
    history.record(
        grant.user,
        action=action,
        now=now,
        by=by,
        reason=reason,
        role=grant.role,
        branch_id=grant.branch_id,
        department_id=grant.department_id,
    )
