"""The second line of defence: a filter that somebody forgot returns no foreign row, work without a scope none at all."""

import re
from collections.abc import Callable, Iterator
from functools import reduce
from operator import or_
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.models import F, Model, Q, QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker, Settings

from branches.access import Access, Permission
from branches.roles import Role
from hrportal import rls
from hrportal.kernel.database.base import BANK_ROLE, ROLE
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import Scope, bank_wide, scoped
from hrportal.rls import declared
from notifications.models import Address, Notice, Recipient
from recruitment.models import Application, ApplicationTransition, Person
from tests import rls_policies as policies
from tests.factories import make_staff
from tests.small_bank import NEVER_DELETED
from tests.two_branches import make_two_branches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
TABLES = sorted(policies.PROTECTED)
# The trigger that writes the history of new branches.
HISTORY = next(name for table, name in sorted(declared.trigger_fingerprints()) if table == "branches_branch")


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
    ways = reduce(or_, (Q(**{f"{way}__in": scope.branch_ids}) for way in policies.PROTECTED[label]))
    with bank_wide("a test"):
        return set(model_of(label)._base_manager.filter(ways).values_list("pk", flat=True))


def a_foreign_row(label: str, scope: Scope) -> Model:
    own = own_keys(label, scope)
    with bank_wide("a test"):
        row = model_of(label)._base_manager.exclude(pk__in=own).first()
    assert row is not None, f"{label} has no foreign row, so nothing is proved."
    return row


def as_owner_run(change: str) -> None:
    """Take a policy down as only the owner can, until the test's transaction ends."""
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
    is_added_to = row._meta.db_table in declared.append_only()
    with scoped(here):
        changes: list[Callable[[], Any]] = [
            lambda: rows.update(**{column: F(column)}),
            lambda: rows._raw_delete(rows.db),
        ]
        for change in changes:
            if is_added_to:
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    change()
            else:
                assert change() == 0
        refused = "row-level security|bank-wide"
        with pytest.raises(ProgrammingError, match=refused), transaction.atomic():
            row.save_base(raw=True, force_insert=True)


@pytest.mark.parametrize(
    "change",
    [
        "DROP POLICY in_scope ON recruitment_application",
        "ALTER TABLE recruitment_application DISABLE ROW LEVEL SECURITY",
        "ALTER POLICY in_scope ON recruitment_application USING (true)",
    ],
    ids=["dropped", "disabled", "open"],
)
def test_the_test_is_red_when_one_wall_falls(change: str, here: Scope) -> None:
    own = own_keys("recruitment.Application", here)
    as_owner_run(change)
    with scoped(here):
        assert keys(Application) != own


@pytest.fixture
def as_migrated() -> None:
    """With the triggers that tests with real transactions do without (see conftest)."""
    for table in NEVER_DELETED:
        as_owner_run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER is_not_emptied")


@pytest.mark.usefixtures("as_migrated")
def test_the_check_finds_nothing_in_a_migrated_database() -> None:
    assert rls.faults() == []
    call_command("check_rls")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DROP POLICY in_scope ON recruitment_claim", "recruitment_claim: the policy in_scope is missing"),
        (
            "ALTER POLICY in_scope ON recruitment_claim USING (true)",
            "recruitment_claim: the policy in_scope is not",
        ),
        ("ALTER POLICY bank_wide ON recruitment_claim TO public", "claim: the policy bank_wide is not"),
        (f"ALTER POLICY owner ON recruitment_claim TO {ROLE}", "claim: the policy owner is not"),
        (
            f"DROP POLICY in_scope ON recruitment_claim; CREATE POLICY in_scope ON recruitment_claim TO {ROLE} USING (true)",
            "claim: the policy in_scope is not",
        ),
        ("CREATE POLICY handy ON recruitment_claim USING (true)", "claim: the policy handy opens more"),
        (f"CREATE POLICY handy ON recruitment_claim TO {ROLE} USING (true)", r"handy opens more"),
        ("ALTER TABLE recruitment_claim DISABLE ROW LEVEL SECURITY", "claim: no forced"),
        ("ALTER TABLE recruitment_claim NO FORCE ROW LEVEL SECURITY", "claim: no forced"),
        (f"REVOKE INSERT ON recruitment_claim FROM {ROLE}", f"{ROLE} may not INSERT recruitment_claim"),
        (f"GRANT TRUNCATE ON recruitment_claim TO {ROLE}", f"{ROLE} may TRUNCATE recruitment_claim"),
        (
            "GRANT DELETE ON recruitment_applicationtransition TO public",
            "may DELETE recruitment_applicationtransition",
        ),
        (
            f"GRANT UPDATE ON branches_accessentry TO {BANK_ROLE}",
            f"{BANK_ROLE} may UPDATE branches_accessentry",
        ),
        (
            f"GRANT UPDATE (by_id) ON notifications_noticetransition TO {BANK_ROLE}",
            f"{BANK_ROLE} may UPDATE by_id of notifications_noticetransition",
        ),
        (
            "ALTER TABLE branches_accessentry DISABLE TRIGGER is_only_added_to",
            "branches_accessentry: the trigger is_only_added_to",
        ),
        (
            "DROP TRIGGER stays_whose_it_is ON recruitment_person",
            "recruitment_person: the trigger stays_whose",
        ),
        (
            f"DROP TRIGGER {HISTORY} ON branches_branch",
            f"branches_branch: the trigger {HISTORY} is missing",
        ),
        (
            f"COMMENT ON TRIGGER {HISTORY} ON branches_branch IS 'as of another release'",
            f"branches_branch: the trigger {HISTORY} is not the one that was declared",
        ),
        (
            f"ALTER TRIGGER {HISTORY} ON branches_branch RENAME TO pgtrigger_of_before",
            "branches_branch: the trigger pgtrigger_of_before is no longer declared",
        ),
        (f"ALTER ROLE {ROLE} BYPASSRLS", f"{ROLE} has BYPASSRLS"),
        (f"ALTER ROLE {BANK_ROLE} SUPERUSER", f"{BANK_ROLE} is a superuser"),
        (f"ALTER ROLE {ROLE} CREATEROLE", f"{ROLE} has CREATEROLE"),
        (f"GRANT pg_read_all_data TO {ROLE}", f"{ROLE} is a member of pg_read_all_data"),
        (f"GRANT postgres TO {BANK_ROLE}", f"{BANK_ROLE} is or may become postgres, the owner"),
    ],
)
def test_the_check_names_what_was_opened_or_lost(change: str, named: str, here: Scope) -> None:
    as_owner_run(change)
    with pytest.raises(CommandError, match=named):
        call_command("check_rls")
    transaction.set_rollback(True)


@pytest.mark.parametrize(
    "change",
    [
        "DROP POLICY bank_wide ON recruitment_claim",
        "ALTER POLICY in_scope ON recruitment_claim USING (true)",
        "CREATE POLICY handy ON recruitment_claim USING (true)",
        "ALTER TABLE recruitment_claim NO FORCE ROW LEVEL SECURITY",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}, {BANK_ROLE}",
        f"GRANT ALL ON recruitment_applicationtransition TO {ROLE}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {ROLE}",
        "DROP TRIGGER approved_notice_is_frozen ON notifications_notice",
        "DROP FUNCTION refuse_change_of_access_log() CASCADE",
        "ALTER TABLE branches_accessentry DISABLE TRIGGER is_only_added_to",
        f"DROP TRIGGER {HISTORY} ON branches_branch",
        f"COMMENT ON TRIGGER {HISTORY} ON branches_branch IS 'as of another release'",
        f"ALTER TRIGGER {HISTORY} ON branches_branch RENAME TO pgtrigger_of_before",
    ],
)
@pytest.mark.usefixtures("as_migrated")
def test_migrate_makes_good_what_is_wrong_and_nothing_else(change: str, here: Scope) -> None:
    as_owner_run(change)
    with bank_wide("a test"), as_owner():
        assert rls.restore()
        assert rls.faults() == []
        assert rls.restore() == []
    transaction.set_rollback(True)


def test_no_table_is_locked_once_rights_were_given(here: Scope) -> None:
    """ANALYZE waits for the entries that a GRANT changed, and holds a lock that a trigger or policy waits for."""
    as_owner_run(f"DROP POLICY bank_wide ON recruitment_claim; DROP TRIGGER {HISTORY} ON branches_branch")
    with bank_wide("a test"), as_owner(), CaptureQueriesContext(connection) as made:
        rls.restore()
    statements = [query["sql"] for query in made]
    first_grant = next(
        n for n, sql in enumerate(statements) if re.search(r"^\s*GRANT .* ON ", sql, re.MULTILINE)
    )
    assert any(re.search("CREATE .*TRIGGER", sql) for sql in statements[:first_grant])
    assert not [sql for sql in statements[first_grant:] if re.search("TRIGGER|POLICY|ALTER TABLE", sql)]
    transaction.set_rollback(True)


def test_an_account_that_no_policy_stops_may_not_be_the_portal_s() -> None:
    assert rls.login_faults() == ["postgres is a superuser, whom no policy stops."]


@pytest.mark.usefixtures("as_migrated")
def test_the_check_in_production_asks_about_the_account(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="postgres is a superuser"):
        call_command("check_rls")


def test_every_history_is_only_added_to() -> None:
    tables = declared.append_only()
    assert {"recruitment_applicationtransition", "notifications_approval", "branches_stafftransition"} <= set(
        tables
    )
    named_so = {
        model._meta.db_table
        for model in apps.get_models()
        if model.__name__.endswith(("Move", "Event", "Correction", "Approval", "Opening"))
    }
    # An outbox: taken, and removed by its rule (hrportal.cleanup).
    assert named_so - {"notifications_noticeevent"} <= set(tables)
    assert {column for columns in tables.values() for column in columns} == {"reason", "revoked_at"}


@pytest.mark.parametrize("role", [ROLE, BANK_ROLE])
def test_no_role_of_the_portal_rewrites_a_history(role: str, here: Scope) -> None:
    scope = here if role == ROLE else Scope(reason="a test", everywhere=True)
    with scoped(scope):
        move = ApplicationTransition.objects.earliest("pk")
        rows = ApplicationTransition.objects.filter(pk=move.pk)
        for change in ({"to_state": "hired"}, {"by": None}, {"at": move.at}):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                rows.update(**change)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            rows._raw_delete(rows.db)
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("TRUNCATE recruitment_applicationtransition")


def test_no_row_of_a_branch_is_given_a_stranger_s_person(here: Scope) -> None:
    stranger = a_foreign_row("recruitment.Person", here)
    assert isinstance(stranger, Person)
    with scoped(here):
        own = Application.objects.earliest("pk")
        with pytest.raises(ProgrammingError, match="bank-wide"), transaction.atomic():
            Application.objects.filter(pk=own.pk).update(person=stranger)
        with pytest.raises(ProgrammingError, match="bank-wide"), transaction.atomic():
            Person.objects.filter(pk=own.person_id).update(recipient_id=stranger.recipient_id)
        own.pk = uuid4()
        own.person_id = stranger.pk
        with pytest.raises(ProgrammingError, match="bank-wide"), transaction.atomic():
            own.save_base(raw=True, force_insert=True)
        assert stranger.pk not in keys(Person)


def test_a_notice_keeps_its_recipient_in_sight_when_its_person_became_another(here: Scope) -> None:
    notice = Notice.objects.filter(branch_id__in=here.branch_ids).earliest("pk")
    kept = Recipient.objects.create(name="another record of the same person")
    Person.objects.filter(recipient=notice.recipient_id).update(recipient=kept)
    with scoped(here):
        assert notice.recipient_id in keys(Recipient)
        assert Address.objects.filter(recipient=notice.recipient_id).exists()


def test_every_model_with_a_way_to_a_branch_or_person_has_a_wall_or_a_reason() -> None:
    assert policies.with_a_way_to_a_branch_or_person() == set(policies.PROTECTED) | set(policies.OPEN)
    assert not set(policies.PROTECTED) & set(policies.OPEN)
    assert {apps.get_model(label)._meta.db_table for label in policies.PROTECTED} == set(declared.policies())


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


def lets_all_through(
    access: Access, rows: QuerySet[Application], *permissions: Permission, via: str = ""
) -> Any:
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
