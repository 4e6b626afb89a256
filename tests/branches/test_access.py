import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import models as auth
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import Http404
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

import branches
from branches.access import Access, Permission, access_of, forget, write_permissions
from branches.models import Branch, Department, RoleGrant, User
from branches.operations import create_delegation, end_role, grant_role
from branches.roles import ROLES, Role, RoleRights
from hrportal.kernel.refusals import Refused
from hrportal.kernel.scopes import Scope
from tests.factories import BRANCHES, NOW, make_bank, make_staff, make_user

GroupObjectPermission = apps.get_model("guardian", "GroupObjectPermission")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank(db: None) -> dict[str, Branch]:
    return make_bank()


def access(user: User, *, at: timedelta = timedelta()) -> Access:
    return access_of(User.objects.get(pk=user.pk), now=NOW + at)


def seen(user: User, permission: Permission = Permission.SEE_CANDIDATES) -> set[str]:
    return {
        branch.code
        for branch in Branch.objects.all()
        if access(user).has_permission_at(permission, branch_id=branch.pk)
    }


ALL = {row[0] for row in BRANCHES}
LEVELS = {row[0]: row[2] for row in BRANCHES}
BELOW_GUANGDONG = {"440000", "440200", "440201", "440300"}


@pytest.mark.parametrize(
    ("role", "at", "expected"),
    [
        (Role.HQ_HR, "000000", ALL),
        (Role.PROVINCE_HR, "440000", BELOW_GUANGDONG),
        (Role.CITY_HR, "440200", {"440200", "440201"}),
        (Role.ADMINISTRATION, "440200", set()),
        (Role.IT_OPS, "000000", set()),
        (Role.AUDITOR, "000000", set()),
    ],
)
def test_whose_candidates_a_role_sees(role: Role, at: str, expected: set[str]) -> None:
    assert seen(make_staff(role, at)) == expected


def test_a_department_sees_its_own_code_in_the_subtree_only() -> None:
    user = make_staff(Role.DEPARTMENT, "440200", department="OPERATIONS")
    scopes = access(user).scopes[Permission.CONFIRM_NEED]
    found = set(Department.objects.filter(pk__in=scopes.department_ids).values_list("branch__code", "code"))
    assert found == {("440200", "OPERATIONS"), ("440201", "OPERATIONS")}
    assert seen(user, Permission.CONFIRM_NEED) == set()


def member(role: Role) -> User:
    """Somebody with this role where it exists."""
    rights = ROLES[role]
    branch = next(code for code in ("440200", "440000", "000000") if LEVELS[code] in rights.levels)
    return make_staff(role, branch, department="OPERATIONS" if rights.at_department else "")


def powers(user: User) -> set[Permission]:
    return {permission for permission in Permission if access(user).has_permission(permission)}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_exactly_its_powers(role: Role) -> None:
    assert powers(member(role)) == set(ROLES[role].permissions)


def test_after_a_migration_everybody_has_what_the_table_says_by_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role that gained a permission and lost another, and one that is no longer in the table."""
    clerk, gone, clerks = member(Role.CITY_HR), member(Role.ADMINISTRATION), member(Role.DEPARTMENT)
    table = {
        Role.CITY_HR: RoleRights((Permission.SEE_AUDIT, Permission.FOLLOW_UP)),
        Role.DEPARTMENT: RoleRights((Permission.CONFIRM_NEED, Permission.SEE_ANALYSIS), at_department=True),
    }
    monkeypatch.setattr("branches.roles.ROLES", table)
    assert powers(clerk) == set(ROLES[Role.CITY_HR].permissions)
    write_permissions(apps=apps)
    assert powers(clerk) == {Permission.SEE_AUDIT, Permission.FOLLOW_UP}
    assert powers(gone) == set()
    assert powers(clerks) == {Permission.CONFIRM_NEED, Permission.SEE_ANALYSIS}
    assert not access(clerks).scopes[Permission.SEE_ANALYSIS].branch_ids


def test_writing_twice_changes_nothing() -> None:
    for role in Role:
        member(role)
    before = list(GroupObjectPermission.objects.order_by("pk").values())
    write_permissions()
    assert list(GroupObjectPermission.objects.order_by("pk").values()) == before


def test_a_permission_that_the_table_never_had_opens_nothing_and_is_taken_out() -> None:
    clerk = member(Role.CITY_HR)
    kind = ContentType.objects.get_for_model(Branch)
    old = auth.Permission.objects.create(content_type=kind, codename="sign_anything", name="Of long ago")
    held = GroupObjectPermission.objects.filter(group=RoleGrant.objects.get(user=clerk).group)
    by_hand = [Permission.SEE_AUDIT, "sign_anything"]
    for row in auth.Permission.objects.filter(content_type=kind, codename__in=by_hand):
        known = held.earliest("pk")
        GroupObjectPermission.objects.create(
            group=known.group, permission=row, content_type=kind, object_pk=known.object_pk
        )
    assert powers(clerk) == {*ROLES[Role.CITY_HR].permissions, Permission.SEE_AUDIT}
    write_permissions(apps=apps)
    assert powers(clerk) == set(ROLES[Role.CITY_HR].permissions)
    assert not auth.Permission.objects.filter(pk=old.pk).exists()


def test_only_the_table_and_the_first_account_name_a_role() -> None:
    """Views, navigation and settings ask for permissions."""
    named = re.compile(r"\bRole\.[A-Z_]+\b")
    root = Path(branches.__file__).resolve().parents[1]
    places = [
        str(file.relative_to(root))
        for app in ("branches", "notifications", "recruitment", "performance", "hrportal")
        for file in sorted((root / app).rglob("*.py"))
        if named.search(file.read_text(encoding="utf-8"))
    ]
    assert places == ["branches/operations/first_accounts.py", "branches/roles.py"]


def test_one_function_writes_the_access_log() -> None:
    root = Path(branches.__file__).resolve().parents[1]
    writers = [
        str(file.relative_to(root))
        for app in ("branches", "notifications", "recruitment", "performance", "hrportal")
        for file in sorted((root / app).rglob("*.py"))
        if re.search(r"\bAccessEntry(\.objects\.(bulk_)?create)?\(", file.read_text(encoding="utf-8"))
        and "migrations" not in file.parts
    ]
    assert writers == ["branches/access.py", "branches/models/access_log.py"]


def test_a_role_counts_from_its_first_to_its_last_moment() -> None:
    user = make_user()
    grant_role(
        user=user,
        role=Role.CITY_HR,
        branch=Branch.objects.get(code="440200"),
        now=NOW,
        valid_until=NOW + timedelta(days=1),
    )
    assert not access(user, at=-timedelta(seconds=1)).has_permission(Permission.SEE_CANDIDATES)
    assert access(user).has_permission(Permission.SEE_CANDIDATES)
    assert not access(user, at=timedelta(days=1)).has_permission(Permission.SEE_CANDIDATES)


def test_an_ended_role_is_gone_at_the_next_request() -> None:
    user = make_staff(Role.CITY_HR, "440200")
    end_role(grant=RoleGrant.objects.get(user=user), now=NOW)
    assert not access(user).has_permission(Permission.SEE_CANDIDATES)


def test_several_roles_add_up_and_one_ending_leaves_the_other() -> None:
    user = make_staff(Role.CITY_HR, "440200")
    grant_role(
        user=user, role=Role.CITY_HR, branch=Branch.objects.get(code="320100"), now=NOW - timedelta(days=1)
    )
    assert seen(user) == {"440200", "440201", "320100"}
    end_role(grant=RoleGrant.objects.get(user=user, branch__code="440200"), now=NOW)
    assert seen(user) == {"320100"}


def test_a_delegation_lends_places_for_its_time_and_only_then() -> None:
    delegator, delegate = make_staff(Role.CITY_HR, "440300"), make_staff(Role.CITY_HR, "440200")
    create_delegation(
        delegator=delegator,
        delegate=delegate,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=3),
        reason="leave",
    )
    assert seen(delegate) == {"440200", "440201", "440300"}
    assert not access(delegate, at=timedelta(days=3)).has_permission_at(
        Permission.SEE_CANDIDATES, branch_id=Branch.objects.get(code="440300").pk
    )
    assert seen(delegator) == {"440300"}


def test_lending_is_not_lent_on() -> None:
    first, second, third = (make_staff(Role.CITY_HR, code) for code in ("440300", "440200", "320100"))
    for delegator, delegate in ((first, second), (second, third)):
        create_delegation(
            delegator=delegator,
            delegate=delegate,
            valid_from=NOW,
            valid_until=NOW + timedelta(days=3),
            reason="leave",
        )
    assert "440300" not in seen(third)


def test_nobody_in_particular_may_nothing() -> None:
    with pytest.raises(PermissionDenied):
        access_of(AnonymousUser(), now=NOW)
    sleeper = make_staff(Role.HQ_HR, "000000")
    sleeper.is_active = False
    with pytest.raises(PermissionDenied):
        access_of(sleeper, now=NOW)
    nobody = access(make_user())
    assert nobody.limit(Branch.objects.all(), Permission.SEE_CANDIDATES).count() == 0
    with pytest.raises(PermissionDenied):
        nobody.require(Permission.SEE_CANDIDATES)


def test_what_is_foreign_does_not_exist() -> None:
    own = access(make_staff(Role.CITY_HR, "440200"))
    with pytest.raises(Http404):
        own.require_at(Permission.SEE_CANDIDATES, branch_id=Branch.objects.get(code="440300").pk)


@pytest.mark.parametrize(
    ("role", "code"), [(Role.HQ_HR, "440200"), (Role.PROVINCE_HR, "440200"), (Role.CITY_HR, "440000")]
)
def test_roles_exist_only_at_their_level(role: Role, code: str) -> None:
    with pytest.raises(Refused):
        make_staff(role, code)
    with pytest.raises(Refused):
        grant_role(user=make_user(), role=Role.DEPARTMENT, branch=Branch.objects.get(code=code), now=NOW)


def test_access_costs_three_queries_and_then_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = User.objects.get(pk=make_staff(Role.PROVINCE_HR, "440000").pk)
    with django_assert_num_queries(3):
        access_of(user, now=NOW)
    with django_assert_num_queries(0):
        access_of(user, now=NOW)
    forget(user)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.sets(st.sampled_from(sorted(ALL - {"000000"})), max_size=3))
def test_any_set_of_places_is_exactly_its_subtrees(codes: set[str]) -> None:
    user = make_user()
    for code in codes:
        grant_role(
            user=user,
            role=Role.ADMINISTRATION,
            branch=Branch.objects.get(code=code),
            now=NOW - timedelta(days=1),
        )
    branches = list(Branch.objects.all())
    roots = [branch for branch in branches if branch.code in codes]
    expected = {
        branch.code for branch in branches if any(branch.path.startswith(root.path) for root in roots)
    }
    assert seen(user, Permission.PREPARE_ONBOARDING) == expected


def test_a_moved_branch_moves_with_its_scope() -> None:
    user = make_staff(Role.PROVINCE_HR, "440000")
    Branch.objects.move(
        Branch.objects.get(code="440300"), Branch.objects.get(code="320000"), pos="sorted-child"
    )
    assert seen(user) == BELOW_GUANGDONG - {"440300"}


def scope_of(role: Role, branch: str, department: str = "") -> Scope:
    return access_of(make_staff(role, branch, department=department), now=NOW).scope


def test_the_scope_joins_the_places_of_every_power_over_persons(bank: dict[str, Branch]) -> None:
    below = frozenset(bank[code].pk for code in ("440000", "440200", "440201", "440300"))
    assert scope_of(Role.HQ_HR, "000000").everywhere
    assert scope_of(Role.PROVINCE_HR, "440000").branch_ids == below
    assert scope_of(Role.ADMINISTRATION, "440201").branch_ids == {bank["440201"].pk}
    departments = Department.objects.filter(branch__code__in=["440200", "440201"], code="OPERATIONS")
    scope = scope_of(Role.DEPARTMENT, "440200", "OPERATIONS")
    assert (scope.branch_ids, scope.department_ids) == (
        frozenset(),
        frozenset(departments.values_list("pk", flat=True)),
    )


@pytest.mark.parametrize("role", [Role.IT_OPS, Role.AUDITOR])
def test_whoever_sees_no_person_has_an_empty_scope(role: Role, bank: dict[str, Branch]) -> None:
    assert scope_of(role, "000000").setting == "part|{}|{}||"
