"""Reads of the bank's staff, their roles and what is delegated."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from branches.access import Access, Permission
from branches.enums import BranchLevel
from branches.models import Branch, Delegation, Department, RoleGrant, StaffTransition, User
from branches.queries.tree import paths_down_to
from branches.roles import roles_with
from hrportal.kernel.search import SearchKey, spelled


def visible_grants(access: Access) -> QuerySet[RoleGrant]:
    """Roles, of whatever time, held where the viewer manages staff."""
    return access.limit(RoleGrant.objects.all(), Permission.MANAGE_STAFF)


def visible_staff(access: Access) -> QuerySet[User]:
    """Whoever holds or held a role where the viewer manages staff."""
    return User.objects.filter(Exists(visible_grants(access).filter(user=OuterRef("pk"))))


def with_grants(rows: QuerySet[User], access: Access) -> QuerySet[User]:
    """Staff with ``shown_grants``: the roles that the viewer may know of, the newest first. One query more."""
    grants = visible_grants(access).select_related("branch", "department").order_by("-valid_from", "-pk")
    return rows.prefetch_related(Prefetch("role_grants", queryset=grants, to_attr="shown_grants"))


def narrowed_staff(
    rows: QuerySet[User], access: Access, *, q: str, role: str, branch_path: str, ended: bool, now: datetime
) -> QuerySet[User]:
    """By name or user name in any ordinary spelling, by a role held now (or once) at a branch and below."""
    current = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    held = visible_grants(access).filter(user=OuterRef("pk"))
    if role:
        held = held.filter(role=role)
    if branch_path:
        held = held.filter(branch__path__startswith=branch_path)
    rows = rows.filter(Exists(held))
    rows = rows.filter(~Exists(held.filter(current)) if ended else Exists(held.filter(current)))
    if not q:
        return rows
    keyed = rows.alias(name_key=SearchKey("display_name"), user_key=SearchKey("username"))
    return keyed.filter(spelled(q, "name_key", "user_key"))


def delegations_of(user: User, access: Access, *, now: datetime) -> QuerySet[Delegation]:
    """What the user delegates to or borrows from staff that the viewer may know of, now or later."""
    known = visible_staff(access)
    rows = Delegation.objects.filter(Q(delegator=user) | Q(delegate=user), valid_until__gt=now)
    rows = rows.filter(delegator__in=known, delegate__in=known)
    return rows.select_related("delegator", "delegate").order_by("valid_from")


def history_of_staff(user: User, access: Access) -> QuerySet[StaffTransition]:
    """What happened to an account and its roles where the viewer manages staff, the newest first."""
    known = visible_staff(access)
    rows = StaffTransition.objects.filter(Q(subject=user) | Q(other=user)).filter(
        Q(branch__isnull=True)
        | Q(pk__in=access.limit(StaffTransition.objects.order_by(), Permission.MANAGE_STAFF)),
        Q(other__isnull=True) | Q(subject__in=known, other__in=known),
    )
    return rows.select_related("by", "subject", "other", "branch", "department").order_by("-at", "-pk")


def contact_at(branch: Branch, *, now: datetime) -> User | None:
    """Whom another branch calls about a candidate here: HR of this branch, else of the next one above. One query."""
    grant = (
        RoleGrant.objects.filter(
            Q(valid_until__isnull=True) | Q(valid_until__gt=now),
            role__in=roles_with(Permission.REVIEW_NOTICE),
            branch__path__in=paths_down_to(branch),
            valid_from__lte=now,
            user__is_active=True,
        )
        .select_related("user")
        .order_by("-branch__path", "valid_from", "pk")
        .first()
    )
    return grant.user if grant else None


def rows_left_to(grant: RoleGrant, *, now: datetime) -> Q | None:
    """Which rows with ``branch`` and ``escalated_to`` only this grant's holder looked after.

    None while somebody else holds the same role at the same place.
    """
    here = Q(branch_id=grant.branch_id, department__isnull=True)
    if grant.department_id is not None:
        here = Q(department_id=grant.department_id)
    others = RoleGrant.objects.filter(
        here,
        Q(valid_until__isnull=True) | Q(valid_until__gt=now),
        role=grant.role,
        valid_from__lte=now,
        user__is_active=True,
    ).exclude(pk=grant.pk)
    if others.exists():
        return None
    own = Q(branch_id=grant.branch_id)
    if grant.branch.level == BranchLevel.CITY:
        own = Q(branch__path__startswith=grant.branch.path)
    return Q(escalated_to_id=grant.branch_id) | own & Q(escalated_to__isnull=True)


def department_choices() -> list[tuple[str, str]]:
    """Code and name of every kind of department, each once: one query."""
    rows = Department.objects.order_by("code").distinct("code")
    return [(department.code, str(department)) for department in rows]
