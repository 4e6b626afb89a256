"""The only place that decides permission: who may do what, where. The only file that imports guardian.

A role is held through a group whose guardian object permissions stand on one branch or one
department. What stands on a branch holds for its whole subtree; what stands on a department holds
for the departments of the same code in the subtree of its branch. A delegation gives the delegator's
places for a time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any, TypeVar
from uuid import UUID

from django.apps.registry import Apps, apps
from django.contrib.auth import models as auth
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Exists, ExpressionWrapper, F, Model, OuterRef, Q, QuerySet
from django.http import Http404
from guardian.models import GroupObjectPermission

from branches.models import AccessEntry, Branch, Delegation, Department, RoleGrant, User
from branches.roles import PERSONAL_PERMISSIONS, Role, rights_of_role
from branches.roles import Permission as Permission  # noqa: PLC0414 - whoever asks here asks in its words
from hrportal.kernel import texts
from hrportal.kernel.encryption import blind_index
from hrportal.kernel.scopes import Scope

Row = TypeVar("Row", bound=Model)
# Enough to find equal words by, not enough to tell them.
HASH_CHARACTERS = 16
# What a permission may stand on.
PLACES = (Branch, Department)


@dataclass(slots=True)
class PermissionScope:
    """Where one permission holds. ``everywhere`` spares the filter for those who see the whole bank."""

    branch_ids: frozenset[int] = frozenset()
    department_ids: frozenset[int] = frozenset()
    everywhere: bool = False

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.branch_ids or self.department_ids)


@dataclass(frozen=True)
class Access:
    """What one member of staff may do at one moment."""

    user: User
    grants: list[RoleGrant]
    scopes: dict[Permission, PermissionScope]

    @property
    def roles(self) -> set[str]:
        """The roles held anywhere, own or delegated."""
        return {grant.role for grant in self.grants}

    @property
    def home(self) -> Branch | None:
        """Where the first role is held; None for whoever holds none."""
        return self.grants[0].branch if self.grants else None

    @property
    def scope(self) -> Scope:
        """The places of all permissions over persons together: how far the database itself lets this user see.

        Wider than any one page, which ``limit`` narrows to the permission that it is about.
        """
        scopes = [self.scopes[permission] for permission in PERSONAL_PERMISSIONS if permission in self.scopes]
        return Scope(
            reason="a member of staff",
            everywhere=any(scope.everywhere for scope in scopes),
            branch_ids=frozenset().union(*(scope.branch_ids for scope in scopes)),
            department_ids=frozenset().union(*(scope.department_ids for scope in scopes)),
        )

    def has_permission(self, permission: Permission) -> bool:
        """Whether the permission is held anywhere."""
        return bool(self.scopes.get(permission))

    def everywhere(self, permission: Permission) -> bool:
        """Whether the permission holds for the whole bank, as it does for head office."""
        scope = self.scopes.get(permission)
        return scope is not None and scope.everywhere

    def require(self, *permissions: Permission) -> None:
        """Raise ``PermissionDenied`` unless one of the permissions is held somewhere."""
        if not any(self.has_permission(permission) for permission in permissions):
            raise PermissionDenied

    def limit(self, rows: QuerySet[Row], *permissions: Permission, via: str = "") -> QuerySet[Row]:
        """Keep the rows whose branch or department lies where one of the permissions holds.

        ``via`` is the look-up path to the row that has ``branch`` and ``department``
        ("application__", "notice__"); rows without a department have ``via`` end at the branch.
        """
        found = [self.scopes[permission] for permission in permissions if permission in self.scopes]
        if any(scope.everywhere for scope in found):
            return rows
        branch_ids = set().union(*(scope.branch_ids for scope in found))
        department_ids = set().union(*(scope.department_ids for scope in found))
        conditions = []
        if branch_ids:
            conditions.append(Q(**{f"{via}branch_id__in": branch_ids}))
        if department_ids:
            conditions.append(Q(**{f"{via}department_id__in": department_ids}))
        return rows.filter(reduce(or_, conditions)) if conditions else rows.none()

    def has_permission_at(
        self, permission: Permission, *, branch_id: int, department_id: int | None = None
    ) -> bool:
        """Whether the permission holds at this branch or department."""
        scope = self.scopes.get(permission)
        if scope is None:
            return False
        return scope.everywhere or branch_id in scope.branch_ids or department_id in scope.department_ids

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Whose it is and all that it allows: equal for equal rights."""
        places = (
            (permission, scope.everywhere, scope.branch_ids, scope.department_ids)
            for permission, scope in self.scopes.items()
        )
        return self.user.pk, frozenset(places)

    @property
    def own_grants(self) -> list[RoleGrant]:
        """The roles that are the user's own, not delegated."""
        return [grant for grant in self.grants if grant.user_id == self.user.pk]

    def can_grant(self, role: str, *, branch: Branch) -> bool:
        """Whether this role may be granted or ended here: by an own right, none above it, none outside its subtree.

        Delegated rights grant nothing: what they granted would outlast the delegation.
        """
        return any(
            role in rights_of_role(grant.role).grants and branch.path.startswith(grant.branch.path)
            for grant in self.own_grants
        )

    def require_at(self, permission: Permission, *, branch_id: int, department_id: int | None = None) -> None:
        """Raise ``Http404`` unless the permission holds here: what is foreign does not exist."""
        if not self.has_permission_at(permission, branch_id=branch_id, department_id=department_id):
            raise Http404


def access_of(user: User | AnonymousUser, *, now: datetime) -> Access:
    """What the user may do now: three queries, then remembered on this request's user object."""
    if not isinstance(user, User) or not user.is_active:
        raise PermissionDenied
    remembered: Access | None = user.__dict__.get("_access")
    if remembered is None:
        remembered = user.__dict__["_access"] = _compute(user, now=now)
    return remembered


def forget(user: User) -> None:
    """Drop what this user object remembers, after its roles changed."""
    user.__dict__.pop("_access", None)


def log_disclosure(
    *,
    user: User | None,
    action: str,
    subject: str,
    now: datetime,
    branch: Branch | None = None,
    purpose: str = "",
    about: UUID | None = None,
    rows: int | None = None,
    wanted: Mapping[str, Any] | None = None,
) -> None:
    """Write down that somebody saw, searched, was told or took away something.

    Args:
        user: who; None for the portal itself.
        action: a code of ``branches.queries.access_log.action_names``.
        subject: a table and key, or the name of a list; no name of a person.
        now: business time.
        branch: where it was; None for the bank as a whole.
        purpose: what for, as the user wrote it.
        about: the application it was about.
        rows: how many rows were shown or left.
        wanted: what they were narrowed to, as ``without_words`` returns it.
    """
    AccessEntry.objects.create(
        at=now,
        user=user,
        action=action,
        branch=branch,
        subject=subject,
        purpose=purpose,
        about=about,
        rows=rows,
        filter=dict(wanted or {}),
    )


def log_seen(
    access: Access,
    subject: str,
    *,
    now: datetime,
    branch: Branch | None = None,
    about: UUID | None = None,
    rows: int | None = None,
    wanted: Mapping[str, Any] | None = None,
) -> None:
    """A page showed persons: one of them (``about``), or a list, searched if it was narrowed."""
    action = "saw" if rows is None else "searched" if wanted else "listed"
    log_disclosure(
        user=access.user,
        action=action,
        subject=subject,
        now=now,
        branch=branch or access.home,
        about=about,
        rows=rows,
        wanted=wanted,
    )


def without_words(wanted: Mapping[str, Any], *words: str) -> dict[str, str]:
    """A filter as the log may keep it: empty values left out, free words as a keyed hash.

    An auditor who knows the words finds who searched for them; nobody reads them from the log.
    """
    return {
        name: hash_of_words(value) if name in words else str(value)
        for name, value in wanted.items()
        if value not in (None, "")
    }


def hash_of_words(words: object) -> str:
    """What stands in the log for words that were searched for: equal words, equal hash."""
    return blind_index(texts.line(str(words)).casefold(), purpose="searched").hex()[:HASH_CHARACTERS]


def role_group(*, role: Role, branch: Branch, department: Department | None) -> Group:
    """The group that holds a role's object permissions at one place; made on first use."""
    scope = f"{department.code}@{branch.code}" if department else branch.code
    group, _is_new = Group.objects.get_or_create(name=f"{role}:{scope}")
    GroupObjectPermission.objects.bulk_create(
        _rows_of(group.pk, role, branch.pk, department.pk if department else None, _known_permissions()),
        ignore_conflicts=True,
    )
    return group


def write_permissions(*, apps: Apps = apps, **arguments: Any) -> None:
    """Bring guardian's tables to what ``branches.roles`` says; what it no longer says is removed.

    A receiver of ``post_migrate``, which ``migrate`` sends with the models as they are at that step, and
    ``flush`` without; does nothing where the tables are not there yet.
    """
    try:
        for label in ("auth.Permission", "guardian.GroupObjectPermission", "branches.RoleGrant"):
            apps.get_model(label)
    except LookupError:
        return
    kinds = ContentType.objects.get_for_models(*PLACES)
    rows = auth.Permission.objects.filter(content_type__in=kinds.values())
    of_django = [
        f"{action}_{kind.model}" for kind in kinds.values() for action in ("add", "change", "delete", "view")
    ]
    rows.exclude(codename__in=[*Permission.values, *of_django]).delete()
    auth.Permission.objects.bulk_create(
        [
            auth.Permission(content_type=kind, codename=permission.value, name=permission.label)
            for kind in kinds.values()
            for permission in Permission
        ],
        update_conflicts=True,
        unique_fields=["content_type", "codename"],
        update_fields=["name"],
    )
    known = _known_permissions()
    places = RoleGrant.objects.order_by().values_list("group", "role", "branch", "department").distinct()
    wanted = {_key(row): row for place in places for row in _rows_of(*place, known)}
    held = {_key(row): row for row in GroupObjectPermission.objects.all()}
    GroupObjectPermission.objects.filter(
        pk__in=[row.pk for key, row in held.items() if key not in wanted]
    ).delete()
    GroupObjectPermission.objects.bulk_create([row for key, row in wanted.items() if key not in held])


def _known_permissions() -> dict[tuple[str, str], auth.Permission]:
    """The rows of ``Permission`` by the kind of place and the codename."""
    rows = auth.Permission.objects.filter(
        content_type__in=ContentType.objects.get_for_models(*PLACES).values(), codename__in=Permission.values
    )
    return {(row.content_type.model, row.codename): row for row in rows.select_related("content_type")}


def _rows_of(
    group_id: int,
    role: str,
    branch_id: int,
    department_id: int | None,
    known: Mapping[tuple[str, str], auth.Permission],
) -> list[GroupObjectPermission]:
    kind, key = ("branch", branch_id) if department_id is None else ("department", department_id)
    permissions = [known[kind, permission] for permission in rights_of_role(role).permissions]
    return [
        GroupObjectPermission(
            group_id=group_id, permission=row, content_type=row.content_type, object_pk=str(key)
        )
        for row in permissions
    ]


def _key(row: GroupObjectPermission) -> tuple[int, int, str]:
    return row.group_id, row.permission_id, row.object_pk


def active_grants(user: User, *, now: datetime) -> QuerySet[RoleGrant]:
    """The role grants that the user holds at this moment, and those delegated to them."""
    delegators = Delegation.objects.filter(
        delegate=user, valid_from__lte=now, valid_until__gt=now, delegator__is_active=True
    ).values("delegator")
    return RoleGrant.objects.filter(
        Q(user=user) | Q(user__in=delegators),
        Q(valid_until__isnull=True) | Q(valid_until__gt=now),
        valid_from__lte=now,
    ).select_related("branch", "department")


def _compute(user: User, *, now: datetime) -> Access:
    grants = list(active_grants(user, now=now))
    rows = GroupObjectPermission.objects.filter(
        group_id__in={grant.group_id for grant in grants}, permission__codename__in=Permission.values
    ).values_list("permission__codename", "content_type__model", "object_pk")
    branches_of: dict[Permission, set[int]] = {}
    departments_of: dict[Permission, set[int]] = {}
    for codename, model, key in rows:
        chosen = branches_of if model == "branch" else departments_of
        chosen.setdefault(Permission(codename), set()).add(int(key))
    scopes: dict[Permission, PermissionScope] = {}
    _add_branches(scopes, branches_of)
    _add_departments(scopes, departments_of)
    return Access(user=user, grants=grants, scopes=scopes)


def _add_branches(scopes: dict[Permission, PermissionScope], wanted: dict[Permission, set[int]]) -> None:
    keys = set().union(*wanted.values()) if wanted else set()
    if not keys:
        return
    above = Branch.objects.filter(pk__in=keys).annotate(
        below=ExpressionWrapper(OuterRef("path"), output_field=CharField())
    )
    found = Branch.objects.filter(Exists(above.filter(below__startswith=F("path"))))
    # The branches themselves are among those at or below them.
    rows = {pk: (path, depth) for pk, path, depth in found.values_list("pk", "path", "depth")}
    # The permissions of one role stand in the same places, so what lies below is asked once for all of them.
    below: dict[frozenset[int], tuple[bool, frozenset[int]]] = {}
    for permission, chosen in wanted.items():
        places = frozenset(chosen)
        if places not in below:
            roots = [rows[key] for key in places if key in rows]
            prefixes = tuple(path for path, _depth in roots)
            below[places] = (
                any(depth == 1 for _path, depth in roots),
                frozenset(pk for pk, (path, _depth) in rows.items() if path.startswith(prefixes)),
            )
        scope = scopes.setdefault(permission, PermissionScope())
        scope.everywhere, scope.branch_ids = below[places]


def _add_departments(scopes: dict[Permission, PermissionScope], wanted: dict[Permission, set[int]]) -> None:
    below: dict[frozenset[int], frozenset[int]] = {}
    for permission, chosen in wanted.items():
        places = frozenset(chosen)
        if places not in below:
            below[places] = _departments_below(places)
        scopes.setdefault(permission, PermissionScope()).department_ids = below[places]


def _departments_below(places: frozenset[int]) -> frozenset[int]:
    """The departments of the same codes at or below the branches of these: two queries."""
    conditions = [
        Q(code=code, branch__path__startswith=path)
        for code, path in Department.objects.filter(pk__in=places).values_list("code", "branch__path")
    ]
    if not conditions:
        return frozenset()
    return frozenset(Department.objects.filter(reduce(or_, conditions)).values_list("pk", flat=True))
