"""The only door to permission: who may do what, where. The only file that imports guardian.

A role is held through a group whose guardian object permissions stand on one branch or one
department. What stands on a branch holds for its whole subtree; what stands on a department holds
for the departments of the same code in the subtree of its branch. A delegation lends the giver's
places for a time.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser, Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from guardian.models import GroupObjectPermission
from guardian.shortcuts import assign_perm

from branches.enums import Role
from branches.models import AccessEntry, Branch, Delegation, Department, RoleGrant, User

Row = TypeVar("Row", bound=Model)


class Power(StrEnum):
    """What a role may do; the codenames of the permissions on Branch and Department."""

    SEE_CANDIDATES = "see_candidates"
    SEE_CONTACTS = "see_contacts"
    CONFIRM_NEED = "confirm_need"
    COMPOSE_NOTICE = "compose_notice"
    REVIEW_NOTICE = "review_notice"
    FOLLOW_UP = "follow_up"
    PREPARE_ONBOARDING = "prepare_onboarding"
    SEE_PIPELINE = "see_pipeline"
    SEE_AUDIT = "see_audit"
    WRITE_TEMPLATES = "write_templates"
    WRITE_BRANCH_PARTS = "write_branch_parts"
    MANAGE_STAFF = "manage_staff"
    MANAGE_BRANCHES = "manage_branches"
    PROTECT_DATA = "protect_data"


HR_POWERS = (
    Power.SEE_CANDIDATES,
    Power.SEE_CONTACTS,
    Power.COMPOSE_NOTICE,
    Power.REVIEW_NOTICE,
    Power.FOLLOW_UP,
)
ROLE_POWERS: dict[Role, tuple[Power, ...]] = {
    Role.HQ_HR: (
        *HR_POWERS,
        Power.SEE_PIPELINE,
        Power.WRITE_TEMPLATES,
        Power.MANAGE_STAFF,
        Power.MANAGE_BRANCHES,
        Power.PROTECT_DATA,
    ),
    Role.PROVINCE_HR: (*HR_POWERS, Power.MANAGE_STAFF, Power.WRITE_BRANCH_PARTS),
    Role.CITY_HR: HR_POWERS,
    Role.DEPARTMENT: (Power.CONFIRM_NEED,),
    Role.ADMINISTRATION: (Power.PREPARE_ONBOARDING,),
    Role.IT_OPS: (Power.SEE_PIPELINE,),
    Role.AUDITOR: (Power.SEE_AUDIT, Power.SEE_PIPELINE),
}
# Which roles the holder of a role may grant, end and lend, at its own branch and below.
GRANTABLE: dict[str, tuple[Role, ...]] = {
    Role.HQ_HR: tuple(Role),
    Role.PROVINCE_HR: (Role.PROVINCE_HR, Role.CITY_HR, Role.DEPARTMENT, Role.ADMINISTRATION),
}


@dataclass(slots=True)
class Places:
    """Where one power holds. ``everywhere`` spares the filter for those who see the whole bank."""

    branch_ids: set[int] = field(default_factory=set)
    department_ids: set[int] = field(default_factory=set)
    everywhere: bool = False

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.branch_ids or self.department_ids)


@dataclass(frozen=True, slots=True)
class Access:
    """What one member of staff may do at one moment."""

    user: User
    grants: list[RoleGrant]
    places: dict[Power, Places]

    @property
    def roles(self) -> set[str]:
        """The roles held anywhere, own or lent."""
        return {grant.role for grant in self.grants}

    def may(self, power: Power) -> bool:
        """Whether the power is held anywhere."""
        return bool(self.places.get(power))

    def everywhere(self, power: Power) -> bool:
        """Whether the power holds for the whole bank, as it does for head office."""
        place = self.places.get(power)
        return place is not None and place.everywhere

    def require(self, *powers: Power) -> None:
        """Raise ``PermissionDenied`` unless one of the powers is held somewhere."""
        if not any(self.may(power) for power in powers):
            raise PermissionDenied

    def limit(self, rows: QuerySet[Row], *powers: Power, via: str = "") -> QuerySet[Row]:
        """Keep the rows whose branch or department lies where one of the powers holds.

        ``via`` is the look-up path to the row that has ``branch`` and ``department``
        ("application__", "notice__"); rows without a department have ``via`` end at the branch.
        """
        found = [self.places[power] for power in powers if power in self.places]
        if any(place.everywhere for place in found):
            return rows
        branch_ids = set().union(*(place.branch_ids for place in found))
        department_ids = set().union(*(place.department_ids for place in found))
        conditions = []
        if branch_ids:
            conditions.append(Q(**{f"{via}branch_id__in": branch_ids}))
        if department_ids:
            conditions.append(Q(**{f"{via}department_id__in": department_ids}))
        return rows.filter(reduce(or_, conditions)) if conditions else rows.none()

    def covers(self, power: Power, *, branch_id: int, department_id: int | None = None) -> bool:
        """Whether the power holds at this branch or department."""
        place = self.places.get(power)
        if place is None:
            return False
        return place.everywhere or branch_id in place.branch_ids or department_id in place.department_ids

    def may_grant(self, role: str, *, branch: Branch) -> bool:
        """Whether this role may be granted or ended here: never one above the own, never outside the subtree."""
        return self.covers(Power.MANAGE_STAFF, branch_id=branch.pk) and any(
            role in GRANTABLE.get(grant.role, ()) and branch.path.startswith(grant.branch.path)
            for grant in self.grants
        )

    def require_at(self, power: Power, *, branch_id: int, department_id: int | None = None) -> None:
        """Raise ``Http404`` unless the power holds here: what is foreign does not exist."""
        if not self.covers(power, branch_id=branch_id, department_id=department_id):
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
    verb: str,
    subject: str,
    now: datetime,
    branch: Branch | None = None,
    purpose: str = "",
) -> None:
    """Write down that somebody saw or was told something. ``subject`` is a table and key, no name."""
    AccessEntry.objects.create(at=now, user=user, verb=verb, branch=branch, subject=subject, purpose=purpose)


def role_group(*, role: Role, branch: Branch, department: Department | None) -> Group:
    """The group that holds a role's object permissions at one place; made on first use."""
    place = f"{department.code}@{branch.code}" if department else branch.code
    group, is_new = Group.objects.get_or_create(name=f"{role}:{place}")
    if is_new:
        for power in ROLE_POWERS[role]:
            target: Model = department if department and power is Power.CONFIRM_NEED else branch
            assign_perm(f"branches.{power}", group, target)
    return group


def active_grants(user: User, *, now: datetime) -> QuerySet[RoleGrant]:
    """The role grants that the user holds at this moment, and those lent to them."""
    givers = Delegation.objects.filter(
        taker=user, valid_from__lte=now, valid_until__gt=now, giver__is_active=True
    ).values("giver")
    return RoleGrant.objects.filter(
        Q(user=user) | Q(user__in=givers),
        Q(valid_until__isnull=True) | Q(valid_until__gt=now),
        valid_from__lte=now,
    ).select_related("branch", "department")


def _compute(user: User, *, now: datetime) -> Access:
    grants = list(active_grants(user, now=now))
    rows = GroupObjectPermission.objects.filter(
        group_id__in={grant.group_id for grant in grants}
    ).values_list("permission__codename", "content_type__model", "object_pk")
    branches_of: dict[Power, set[int]] = {}
    departments_of: dict[Power, set[int]] = {}
    for codename, model, key in rows:
        chosen = branches_of if model == "branch" else departments_of
        chosen.setdefault(Power(codename), set()).add(int(key))
    places: dict[Power, Places] = {}
    _add_branches(places, branches_of)
    _add_departments(places, departments_of)
    return Access(user=user, grants=grants, places=places)


def _add_branches(places: dict[Power, Places], wanted: dict[Power, set[int]]) -> None:
    keys = set().union(*wanted.values()) if wanted else set()
    roots = {branch.pk: branch for branch in Branch.objects.filter(pk__in=keys)} if keys else {}
    if not roots:
        return
    below = Branch.objects.filter(reduce(or_, (Q(path__startswith=root.path) for root in roots.values())))
    paths = list(below.values_list("pk", "path"))
    for power, chosen in wanted.items():
        place = places.setdefault(power, Places())
        prefixes = tuple(roots[key].path for key in chosen if key in roots)
        place.everywhere = any(roots[key].depth == 1 for key in chosen if key in roots)
        place.branch_ids = {pk for pk, path in paths if path.startswith(prefixes)}


def _add_departments(places: dict[Power, Places], wanted: dict[Power, set[int]]) -> None:
    for power, chosen in wanted.items():
        conditions = [
            Q(code=code, branch__path__startswith=path)
            for code, path in Department.objects.filter(pk__in=chosen).values_list("code", "branch__path")
        ]
        found = (
            Department.objects.filter(reduce(or_, conditions)).values_list("pk", flat=True)
            if conditions
            else ()
        )
        places.setdefault(power, Places()).department_ids = set(found)
