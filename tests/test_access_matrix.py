"""Who gets what at every URL, compared with the one table that people read: ``docs/access-matrix.csv``."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from branches.access import Access, Permission
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import Scope, bank_wide
from hrportal.models import TaskRun
from tests.matrix.routes import ROLES, SETTINGS, Prober, Route, routes
from tests.matrix.rows import Place, make_rows
from tests.matrix.table import as_lines, differences, lines, lines_of, names, with_column

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business_clock")]
CANDIDATE = Route("/candidates/<pk>/")


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, Place]]:
    """Rows at every branch, for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        with bank_wide("a test"):
            made = make_rows()
        yield made
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def as_in_production(
    db: None, settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Monitoring shows a token, every periodic task has just run, and refusals are not worth a traceback each."""
    settings.METRICS_TOKEN = "a token of monitoring"
    caplog.set_level(logging.CRITICAL, logger="django.request")
    ran_at = timezone.now()
    TaskRun.objects.update(last_success=ran_at)
    # However long a test takes, for the monitoring no time passes in it.
    monkeypatch.setattr("hrportal.pipeline.views.timezone", SimpleNamespace(now=lambda: ran_at))


@pytest.mark.parametrize("part", ["portal", "settings"])
@pytest.mark.parametrize("role", ROLES)
def test_every_url_answers_every_role_as_the_table_says(
    role: str, part: str, places: dict[str, Place]
) -> None:
    prober = Prober(role, places)
    asked = [route for route in routes() if route.path.startswith(SETTINGS) is (part == "settings")]
    found = [line for route in asked for line in differences(role, prober.answers(route))]
    assert not found, "\n".join(found)


def test_the_table_has_a_column_for_every_role(places: dict[str, Place]) -> None:
    for role in ROLES.keys() - lines()[0].keys():
        prober = Prober(role, places)
        answers = {case: word for route in routes() for case, word in prober.answers(route).items()}
        pytest.fail(
            f"docs/access-matrix.csv without {role}; with what it gets today:\n{with_column(role, answers)}"
        )


def test_the_table_names_every_url(places: dict[str, Place]) -> None:
    unnamed = [route for route in routes() if not names(route.path)]
    answered = {
        role: {case: word for route in unnamed for case, word in Prober(role, places).answers(route).items()}
        for role in (ROLES if unnamed else ())
    }
    proposed = "\n".join(",".join(line) for line in as_lines(answered))
    assert not unnamed, f"docs/access-matrix.csv does not name these; today they answer:\n{proposed}"


def test_the_table_names_no_url_that_is_gone() -> None:
    known = [route.path for route in routes()]
    gone = [line["url"] for line in lines() if not any(line in lines_of(path) for path in known)]
    assert gone == []


def lets_all_through(
    access: Access, rows: QuerySet[Any], *permissions: Permission, via: str = ""
) -> QuerySet[Any]:
    """What a page gets whose author forgot ``Access.limit``."""
    return rows


def test_the_table_is_red_when_one_filter_is_gone(
    places: dict[str, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second line of defence still keeps foreign branches out; inside the own one, administration reads too much."""
    monkeypatch.setattr(Access, "limit", lets_all_through)
    city, administration = (
        differences(role, Prober(role, places).answers(CANDIDATE)) for role in ("city_hr", "administration")
    )
    assert city == []
    assert [line.split()[:3] for line in administration] == [
        ["/candidates/<pk>/", "GET", "own"],
        ["/candidates/<pk>/", "GET", "below"],
    ]


def test_the_table_is_red_when_a_filter_and_a_policy_are_gone(
    places: dict[str, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Access, "limit", lets_all_through)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("recruitment_application", "recruitment_person", "notifications_recipient"):
            cursor.execute(f"ALTER POLICY in_scope ON {table} USING (true)")
    foreign = [
        line.split()[2] for line in differences("city_hr", Prober("city_hr", places).answers(CANDIDATE))
    ]
    assert foreign == ["above", "sibling", "elsewhere"]


def test_the_table_is_red_when_the_scope_is_too_wide(
    places: dict[str, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Access, "limit", lets_all_through)
    monkeypatch.setattr(Access, "scope", Scope(reason="a mistake", everywhere=True))
    assert differences("city_hr", Prober("city_hr", places).answers(Route("/reviews/<pk>/")))


def test_the_table_is_red_when_a_url_is_new() -> None:
    assert not names("/a-page-of-tomorrow/")
