"""Reads of the bank's tree."""

from collections.abc import Iterable

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from branches.access import Access, Permission, PermissionScope
from branches.models import Branch, BranchTransition
from hrportal.kernel.optimistic_lock import digest


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
    return paths_down(branch.path)


def paths_down(path: str) -> list[str]:
    """The same of a branch that is known by its path."""
    step: int = Branch.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


def codes_down_to(branch: Branch) -> str:
    """The codes from the head office down to the branch, such as "000000/440000/440200": one query."""
    found = dict(Branch.objects.filter(path__in=paths_down_to(branch)).values_list("path", "code"))
    return "/".join(found[path] for path in sorted(found))


def place_digest(branch: Branch) -> str:
    """Where a branch hangs, for whoever is about to hang it elsewhere: one query."""
    return digest(codes_down_to(branch), str(branch.closed_on or ""))


def branch_choices(places: PermissionScope | None) -> list[tuple[str, str]]:
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


def lowest_above(access: Access, *permissions: Permission) -> Branch:
    """The lowest branch under which all lies where one of the permissions holds: two queries at most."""
    places = [access.scopes[permission] for permission in permissions if permission in access.scopes]
    if any(place.everywhere for place in places):
        return head_office()
    branch_ids = set().union(*(place.branch_ids for place in places))
    department_ids = set().union(*(place.department_ids for place in places))
    wanted = Q(pk__in=branch_ids) | Q(departments__in=department_ids)
    return branch_above(Branch.objects.filter(wanted).values_list("path", flat=True))


def branch_above(paths: Iterable[str]) -> Branch:
    """The lowest branch that is, or stands above, every branch of these paths: one query."""
    shared, *others = paths
    for path in others:
        while not path.startswith(shared):
            shared = shared[: -Branch.steplen]
    found: Branch = Branch.objects.get(path=shared)
    return found


def history_of_branch(branch: Branch) -> QuerySet[BranchTransition]:
    """What happened to a branch and to what was merged into it, the newest first."""
    rows = BranchTransition.objects.filter(Q(subject=branch) | Q(successor=branch))
    return rows.select_related("by", "subject", "successor").order_by("-at", "-pk")


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
    return counted.select_related("successor").order_by("path")


def open_branch_choices(level: str) -> list[tuple[str, str]]:
    """Code and name of the open branches of one level: one query."""
    rows = Branch.objects.filter(level=level, closed_on__isnull=True).order_by("path")
    return [(code, f"{name} {code}") for code, name in rows.values_list("code", "name")]
