"""The second wall: a filter that somebody forgot returns no foreign row, work without a scope none at all."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.models import F, Model, Q, QuerySet
from django.test import Client
from pytest_django import DjangoDbBlocker

from branches.access import Access, Power
from branches.enums import Role
from hrportal import walls
from hrportal.kernel.scopes import Scope, bank_wide, scoped
from hrportal.kernel.walls import as_owner
from recruitment.models import Application, Person
from tests.factories import make_staff
from tests.two_branches import make_two_branches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
TABLES = sorted(walls.WALLED)


@pytest.fixture(scope="module")
def here(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scope]:
    """The scope of Shenzhen; every table has rows of Shenzhen and of Nanjing, for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        with bank_wide("a test"):
            scope = make_two_branches()
        yield scope
        transaction.set_rollback(True)


def model_of(label: str) -> type[Model]:
    return apps.get_model(label)


def keys(model: type[Model]) -> set[Any]:
    """What a query sees whose author forgot the filter."""
    return set(model._base_manager.values_list("pk", flat=True))


def own_keys(label: str, scope: Scope) -> set[Any]:
    """What such a query may see: the rows with a way to the scope's branches, found bank-wide."""
    ways = reduce(or_, (Q(**{f"{way}__in": scope.branch_ids}) for way in walls.WALLED[label]))
    with bank_wide("a test"):
        return set(model_of(label)._base_manager.filter(ways).values_list("pk", flat=True))


def a_foreign_row(label: str, scope: Scope) -> Model:
    own = own_keys(label, scope)
    with bank_wide("a test"):
        row = model_of(label)._base_manager.exclude(pk__in=own).first()
    assert row is not None, f"{label} has no foreign row, so nothing is proved."
    return row


def without_wall(change: str) -> None:
    """Take a wall down as only the owner can, until the test's transaction ends."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(change)


@pytest.mark.parametrize("label", TABLES)
def test_a_forgotten_filter_returns_no_foreign_row(label: str, here: Scope) -> None:
    own = own_keys(label, here)
    assert own
    assert a_foreign_row(label, here).pk not in own
    with scoped(here):
        assert keys(model_of(label)) == own


@pytest.mark.parametrize("label", TABLES)
def test_without_a_scope_there_is_no_row(label: str, here: Scope) -> None:
    with scoped(None):
        assert keys(model_of(label)) == set()


@pytest.mark.parametrize("label", TABLES)
def test_a_foreign_row_is_neither_written_nor_changed_nor_deleted(label: str, here: Scope) -> None:
    row = a_foreign_row(label, here)
    rows = model_of(label)._base_manager.filter(pk=row.pk)
    column = next(field.attname for field in row._meta.concrete_fields if not field.primary_key)
    with scoped(here):
        assert rows.update(**{column: F(column)}) == 0
        assert rows._raw_delete(rows.db) == 0
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            row.save_base(raw=True, force_insert=True)


@pytest.mark.parametrize(
    "change",
    [
        "DROP POLICY wall ON recruitment_application",
        "ALTER TABLE recruitment_application DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY wall ON recruitment_application USING (true)",
    ],
    ids=["dropped", "disabled", "open"],
)
def test_the_test_is_red_when_one_wall_falls(change: str, here: Scope) -> None:
    own = own_keys("recruitment.Application", here)
    without_wall(change)
    with scoped(here):
        assert keys(Application) != own


def test_the_check_names_the_wall_that_fell(here: Scope) -> None:
    call_command("verify_walls")
    without_wall("DROP POLICY wall ON recruitment_claim")
    with pytest.raises(CommandError, match=r"recruitment\.Claim"):
        call_command("verify_walls")


def test_the_check_names_a_role_that_no_wall_stops() -> None:
    with as_owner():
        assert any("no wall stops" in fault for fault in walls.faults())


def test_every_model_with_a_way_to_a_branch_or_person_has_a_wall_or_a_reason() -> None:
    assert walls.with_a_way_to_a_branch_or_person() == set(walls.WALLED) | set(walls.OPEN)
    assert not set(walls.WALLED) & set(walls.OPEN)


def test_a_department_sees_its_own_applications_and_persons_only(here: Scope) -> None:
    with bank_wide("a test"):
        departments = set(
            Application.objects.filter(branch__code="440200").values_list("department_id", flat=True)
        )
        own = Application.objects.filter(department_id__in=departments)
        own_applications = set(own.values_list("pk", flat=True))
        persons = set(own.values_list("person_id", flat=True))
    with scoped(Scope(reason="a test", department_ids=frozenset(departments))):
        assert (keys(Application), keys(Person)) == (own_applications, persons)


def test_a_candidate_s_page_sees_one_person_at_whatever_branch(here: Scope) -> None:
    with bank_wide("a test"):
        claimed_twice = Person.objects.filter(applications__state="held").first()
        assert claimed_twice is not None
        own = set(claimed_twice.applications.values_list("pk", flat=True))
    assert len(own) == 2
    scope = Scope.of_person(
        person_id=claimed_twice.pk, recipient_id=claimed_twice.recipient_id, reason="a test"
    )
    with scoped(scope):
        assert (keys(Application), keys(Person)) == (own, {claimed_twice.pk})


def lets_all_through(access: Access, rows: QuerySet[Application], *powers: Power, via: str = "") -> Any:
    """What a page gets whose author forgot ``Access.limit``."""
    return rows


def test_a_page_whose_door_forgets_shows_no_foreign_candidate(
    here: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_staff(Role.CITY_HR, "440200"))
    foreign = Application.objects.filter(branch__code="320100")
    foreign_refs = set(foreign.values_list("ref", flat=True))
    monkeypatch.setattr("branches.access.Access.limit", lets_all_through)
    page = client.get("/candidates/").content.decode()
    own_ref = Application.objects.filter(branch__code="440200").values_list("ref", flat=True)[0]
    assert own_ref in page
    assert not any(ref in page for ref in foreign_refs)
    assert client.get(f"/candidates/{foreign[0].pk}/").status_code == 404
