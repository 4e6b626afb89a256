"""The scope in the database: there in every transaction of its work, gone with it, whatever happens."""

import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import OperationalError
from django.test import Client

from branches.models import Branch, Position
from branches.roles import Role
from hrportal.kernel.database.base import BANK_ROLE, ROLE
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import SETTING, Scope, bank_wide, current, kept, scoped
from recruitment import tasks
from tests.factories import make_bank, make_staff

pytestmark = pytest.mark.django_db(transaction=True)
CITY = Scope(reason="a test", branch_ids=frozenset({3, 2}), department_ids=frozenset({7}))
NONE = ("", None)


@pytest.fixture(autouse=True)
def bank_wide_tests() -> Iterator[None]:
    """These tests open their own scopes."""
    with scoped(None):
        yield


def told() -> str:
    """What the database takes for the scope, asked in the way of all queries."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(current_setting('{SETTING}', true), '')")
        return str(cursor.fetchone()[0])


def left_over() -> str | None:
    """What the connection itself carries: asked of the driver, beside the backend."""
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(f"SELECT current_setting('{SETTING}', true)")
        found: str | None = cursor.fetchone()[0]
        return found


def test_a_scope_is_one_word_for_the_database() -> None:
    assert CITY.setting == "part|{2,3}|{7}||"
    assert Scope(reason="a test", everywhere=True, branch_ids=frozenset({1})).setting == "bank"
    person = UUID(int=1)
    page = Scope.of_person(person_id=person, recipient_id=UUID(int=2), reason="a test")
    assert page.setting == f"part|{{}}|{{}}|{person}|{UUID(int=2)}"


def test_a_statement_of_its_own_carries_the_scope_and_leaves_nothing() -> None:
    with scoped(CITY):
        assert told() == CITY.setting
        assert left_over() in NONE
    assert told() == ""


def test_a_transaction_carries_the_scope_and_leaves_nothing() -> None:
    with scoped(CITY), transaction.atomic():
        assert told() == told() == left_over() == CITY.setting
    assert left_over() in NONE


def test_nothing_is_left_after_an_exception() -> None:
    with pytest.raises(DatabaseError), scoped(CITY), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert current() is None
    assert left_over() in NONE


def test_a_scope_inside_another_holds_for_its_part_of_the_transaction() -> None:
    with scoped(CITY), transaction.atomic():
        with bank_wide("a test"):
            assert told() == "bank"
        assert told() == CITY.setting
        with scoped(None):
            assert told() == ""


def test_a_savepoint_takes_its_own_scope_back_and_not_the_outer_one() -> None:
    with transaction.atomic(), scoped(CITY):
        assert told() == CITY.setting
        with bank_wide("a test"), transaction.atomic():
            assert told() == "bank"
            transaction.set_rollback(True)
        assert told() == CITY.setting
    with transaction.atomic():
        with scoped(CITY), transaction.atomic():
            assert told() == CITY.setting
            transaction.set_rollback(True)
        with scoped(CITY):
            assert told() == CITY.setting


def test_statements_that_touch_no_row_are_sent_as_they_are() -> None:
    with scoped(CITY), connection.cursor() as cursor:
        cursor.execute("VACUUM django_session")


def test_the_driver_s_own_answers_are_those_of_the_statement() -> None:
    make_bank()
    with scoped(CITY):
        assert Position.objects.filter(code="TELLER").update(family="counter") == 1
        assert Branch.objects.count() == 7


def test_a_long_read_works_with_and_without_a_transaction() -> None:
    make_bank()
    with scoped(CITY):
        assert len(list(Branch.objects.iterator(chunk_size=2))) == 7
        with transaction.atomic():
            assert len(list(Branch.objects.iterator(chunk_size=2))) == 7
            assert told() == CITY.setting


def test_a_server_side_cursor_without_a_transaction_is_refused() -> None:
    connection.ensure_connection()
    with (
        scoped(CITY),
        connection.create_cursor("name") as cursor,
        pytest.raises(OperationalError, match="needs a transaction"),
    ):
        connection.make_cursor(cursor).execute("SELECT 1")


def test_a_thread_starts_without_a_scope() -> None:
    found: list[Scope | None] = []
    with scoped(CITY):
        thread = threading.Thread(target=lambda: found.append(current()))
        thread.start()
        thread.join()
    assert found == [None]


def test_a_body_that_is_read_later_is_made_in_the_scope_of_its_request() -> None:
    chunks = kept(CITY, (told() for _ in range(2)))
    for chunk in chunks:
        assert (chunk, told()) == (CITY.setting, "")


def test_a_task_works_bank_wide_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr("recruitment.operations.ingest.ingest_waiting", lambda **_: seen.append(told()))
    tasks.ingest_signals()
    assert seen == ["bank"]
    assert current() is None
    assert left_over() in NONE


def test_a_task_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recruitment.operations.ingest.ingest_waiting", lambda **_: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        tasks.ingest_signals()
    assert current() is None
    assert left_over() in NONE


@pytest.mark.parametrize("fails", [False, True])
def test_a_request_leaves_nothing(fails: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bank()
    client = Client(raise_request_exception=False)
    client.force_login(make_staff(Role.CITY_HR, "440200"))
    if fails:
        monkeypatch.setattr("recruitment.views.candidates.visible_applications", lambda _access: 1 // 0)
    assert client.get("/candidates/").status_code == (500 if fails else 200)
    assert current() is None
    assert left_over() in NONE


def worker() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return str(cursor.fetchone()[0])


def test_bank_wide_work_is_another_role_for_its_transaction_only() -> None:
    assert worker() == ROLE
    with bank_wide("a test"):
        assert worker() == BANK_ROLE
    assert worker() == ROLE
    with transaction.atomic():
        with bank_wide("a test"):
            assert worker() == BANK_ROLE
        with scoped(CITY):
            assert worker() == ROLE
        with bank_wide("a test"):
            assert worker() == BANK_ROLE
        assert worker() == ROLE


@pytest.mark.parametrize("scope", [None, Scope(reason="a test", everywhere=True)])
def test_the_portal_works_as_a_role_that_owns_nothing(scope: Scope | None) -> None:
    with scoped(scope), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin, "
            "EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid) "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (BANK_ROLE if scope else ROLE, False, False)
        with pytest.raises(DatabaseError, match="must be owner"):
            cursor.execute("ALTER TABLE recruitment_person DISABLE ROW LEVEL SECURITY")
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute("TRUNCATE recruitment_person CASCADE")


def test_the_owner_s_rights_end_with_their_block() -> None:
    def is_owner() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user = session_user")
            return bool(cursor.fetchone()[0])

    assert not is_owner()
    with as_owner():
        assert is_owner()
    assert not is_owner()
    with pytest.raises(ZeroDivisionError), as_owner():
        raise ZeroDivisionError
    assert not is_owner()
    with transaction.atomic():
        with as_owner():
            assert is_owner()
        assert not is_owner()
