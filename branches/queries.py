"""Reads of the bank's tree and of its staff."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from branches.access import Access, Places, Power
from branches.enums import BranchLevel
from branches.models import Branch, BranchMove, Delegation, Department, RoleGrant, StaffMove, User


def parent_of(branch: Branch) -> Branch | None:
    """The branch above; None at the head office."""
    parent: Branch | None = Branch.objects.get_parent(branch)
    return parent


def head_office() -> Branch:
    """The root of the tree; raises ``Branch.DoesNotExist`` before the bank was loaded."""
    root: Branch = Branch.objects.get(depth=1)
    return root


def paths_down_to(branch: Branch) -> list[str]:
    """The paths from the head office down to the branch itself, without a query."""
    path: str = branch.path
    step: int = Branch.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


def codes_down_to(branch: Branch) -> str:
    """The codes from the head office down to the branch, such as "000000/440000/440200": one query."""
    found = dict(Branch.objects.filter(path__in=paths_down_to(branch)).values_list("path", "code"))
    return "/".join(found[path] for path in sorted(found))


def branch_choices(places: Places | None) -> list[tuple[str, str]]:
    """Code and name of every branch in these places, indented by level, for a filter: one query.

    Closed ones are among them: what happened there can still be found.
    """
    if not places:
        return []
    rows = Branch.objects.order_by("path")
    if not places.everywhere:
        wanted = Q(pk__in=places.branch_ids)
        if places.department_ids:
            wanted |= Q(departments__in=places.department_ids)
        rows = rows.filter(wanted).distinct()
    found = list(rows.values_list("code", "name", "depth"))
    top = min((depth for _code, _name, depth in found), default=0)
    return [(code, "\u3000" * (depth - top) + name) for code, name, depth in found]


def path_of(code: str) -> str:
    """The path of a branch, of which a subtree's paths are prefixed; "" for no code or an unknown one."""
    return Branch.objects.filter(code=code).values_list("path", flat=True).first() or "" if code else ""


def visible_grants(access: Access) -> QuerySet[RoleGrant]:
    """Roles, of whatever time, held where the viewer manages staff."""
    return access.limit(RoleGrant.objects.all(), Power.MANAGE_STAFF)


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
    """By the beginning of name or user name, by a role held now (or once) at a branch and below."""
    current = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    held = visible_grants(access).filter(user=OuterRef("pk"))
    if role:
        held = held.filter(role=role)
    if branch_path:
        held = held.filter(branch__path__startswith=branch_path)
    rows = rows.filter(Exists(held))
    rows = rows.filter(~Exists(held.filter(current)) if ended else Exists(held.filter(current)))
    return rows.filter(Q(display_name__startswith=q) | Q(username__istartswith=q)) if q else rows


def delegations_of(user: User, access: Access, *, now: datetime) -> QuerySet[Delegation]:
    """What the user lends to or borrows from staff that the viewer may know of, now or later."""
    known = visible_staff(access)
    rows = Delegation.objects.filter(Q(giver=user) | Q(taker=user), valid_until__gt=now)
    rows = rows.filter(giver__in=known, taker__in=known)
    return rows.select_related("giver", "taker").order_by("valid_from")


def history_of_staff(user: User, access: Access) -> QuerySet[StaffMove]:
    """What happened to an account and its roles where the viewer manages staff, the newest first."""
    known = visible_staff(access)
    rows = StaffMove.objects.filter(Q(staff=user) | Q(other=user)).filter(
        Q(branch__isnull=True) | Q(pk__in=access.limit(StaffMove.objects.order_by(), Power.MANAGE_STAFF)),
        Q(other__isnull=True) | Q(staff__in=known, other__in=known),
    )
    return rows.select_related("actor", "staff", "other", "branch", "department").order_by("-at", "-pk")


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


def history_of_branch(branch: Branch) -> QuerySet[BranchMove]:
    """What happened to a branch and to what was merged into it, the newest first."""
    rows = BranchMove.objects.filter(Q(branch=branch) | Q(heir=branch))
    return rows.select_related("actor", "branch", "heir").order_by("-at", "-pk")


def children_of(branch: Branch) -> QuerySet[Branch]:
    """The branches right below with ``below``, how many open ones each has under it: one query."""
    children: QuerySet[Branch] = Branch.objects.get_children(branch)
    grandchildren = (
        Branch.objects.filter(path__startswith=OuterRef("path"), closed_on__isnull=True)
        .exclude(pk=OuterRef("pk"))
        .order_by()
        .annotate(group=Value(1))
        .values("group")
        .annotate(n=Count("pk"))
        .values("n")
    )
    counted: QuerySet[Branch] = children.annotate(below=Coalesce(Subquery(grandchildren), 0))
    return counted.select_related("heir").order_by("path")


def open_branch_choices(level: str) -> list[tuple[str, str]]:
    """Code and name of the open branches of one level: one query."""
    rows = Branch.objects.filter(level=level, closed_on__isnull=True).order_by("path")
    return [(code, f"{name} {code}") for code, name in rows.values_list("code", "name")]
