from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from branches.access import ROLE_POWERS, Access, Power, access_of, forget
from branches.enums import Role
from branches.models import Branch, Department, RoleGrant, User
from branches.operations import RoleMisplaced, delegate, end_role, grant_role
from hrportal.kernel.scopes import Scope
from tests.factories import BRANCHES, NOW, make_bank, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bank(db: None) -> dict[str, Branch]:
    return make_bank()


def access(user: User, *, at: timedelta = timedelta()) -> Access:
    return access_of(User.objects.get(pk=user.pk), now=NOW + at)


def seen(user: User, power: Power = Power.SEE_CANDIDATES) -> set[str]:
    return {branch.code for branch in Branch.objects.all() if access(user).covers(power, branch_id=branch.pk)}


ALL = {row[0] for row in BRANCHES}
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
    places = access(user).places[Power.CONFIRM_NEED]
    found = set(Department.objects.filter(pk__in=places.department_ids).values_list("branch__code", "code"))
    assert found == {("440200", "OPERATIONS"), ("440201", "OPERATIONS")}
    assert seen(user, Power.CONFIRM_NEED) == set()


def test_every_role_has_exactly_its_powers() -> None:
    for role, powers in ROLE_POWERS.items():
        branch = {Role.HQ_HR: "000000", Role.PROVINCE_HR: "440000"}.get(role, "440200")
        user = make_staff(role, branch, department="OPERATIONS" if role == Role.DEPARTMENT else "")
        assert {power for power in Power if access(user).may(power)} == set(powers), role


def test_a_role_counts_from_its_first_to_its_last_moment() -> None:
    user = make_user()
    grant_role(
        user=user,
        role=Role.CITY_HR,
        branch=Branch.objects.get(code="440200"),
        now=NOW,
        valid_until=NOW + timedelta(days=1),
    )
    assert not access(user, at=-timedelta(seconds=1)).may(Power.SEE_CANDIDATES)
    assert access(user).may(Power.SEE_CANDIDATES)
    assert not access(user, at=timedelta(days=1)).may(Power.SEE_CANDIDATES)


def test_an_ended_role_is_gone_at_the_next_request() -> None:
    user = make_staff(Role.CITY_HR, "440200")
    end_role(grant=RoleGrant.objects.get(user=user), now=NOW)
    assert not access(user).may(Power.SEE_CANDIDATES)


def test_several_roles_add_up_and_one_ending_leaves_the_other() -> None:
    user = make_staff(Role.CITY_HR, "440200")
    grant_role(
        user=user, role=Role.CITY_HR, branch=Branch.objects.get(code="320100"), now=NOW - timedelta(days=1)
    )
    assert seen(user) == {"440200", "440201", "320100"}
    end_role(grant=RoleGrant.objects.get(user=user, branch__code="440200"), now=NOW)
    assert seen(user) == {"320100"}


def test_a_delegation_lends_places_for_its_time_and_only_then() -> None:
    giver, taker = make_staff(Role.CITY_HR, "440300"), make_staff(Role.CITY_HR, "440200")
    delegate(giver=giver, taker=taker, valid_from=NOW, valid_until=NOW + timedelta(days=3), reason="leave")
    assert seen(taker) == {"440200", "440201", "440300"}
    assert not access(taker, at=timedelta(days=3)).covers(
        Power.SEE_CANDIDATES, branch_id=Branch.objects.get(code="440300").pk
    )
    assert seen(giver) == {"440300"}


def test_lending_is_not_lent_on() -> None:
    first, second, third = (make_staff(Role.CITY_HR, code) for code in ("440300", "440200", "320100"))
    for giver, taker in ((first, second), (second, third)):
        delegate(
            giver=giver, taker=taker, valid_from=NOW, valid_until=NOW + timedelta(days=3), reason="leave"
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
    assert nobody.limit(Branch.objects.all(), Power.SEE_CANDIDATES).count() == 0
    with pytest.raises(PermissionDenied):
        nobody.require(Power.SEE_CANDIDATES)


def test_what_is_foreign_does_not_exist() -> None:
    own = access(make_staff(Role.CITY_HR, "440200"))
    with pytest.raises(Http404):
        own.require_at(Power.SEE_CANDIDATES, branch_id=Branch.objects.get(code="440300").pk)


@pytest.mark.parametrize(
    ("role", "code"), [(Role.HQ_HR, "440200"), (Role.PROVINCE_HR, "440200"), (Role.CITY_HR, "440000")]
)
def test_roles_exist_only_at_their_level(role: Role, code: str) -> None:
    with pytest.raises(RoleMisplaced):
        make_staff(role, code)
    with pytest.raises(RoleMisplaced):
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
    assert seen(user, Power.PREPARE_ONBOARDING) == expected


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
