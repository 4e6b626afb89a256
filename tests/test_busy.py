"""A page waits for the database as long as a page may, and then says that the portal is busy."""

from collections.abc import Iterator

import psycopg2
import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from pytest_django import Settings

from branches.roles import Role
from hrportal.kernel.database import limits
from tests.factories import make_bank, make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_web(settings: Settings) -> Iterator[None]:
    """This process keeps the limits of a web process, only shorter."""
    settings.DATABASE_LIMITS = portal_settings.DATABASE_LIMITS | {
        "web": {"statement": 2.0, "lock": 0.1, "idle": 2.0}
    }
    limits.apply("web")
    yield
    limits.apply("")


@pytest.fixture
def somebody_s_lock() -> Iterator[None]:
    """Somebody works on the tree with the tools of the database, and takes their time."""
    place = connection.get_connection_params()
    with psycopg2.connect(dbname=place["dbname"], user=place["user"], host=place["host"]) as other:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE branches_branch IN ACCESS EXCLUSIVE MODE")
        yield
        other.rollback()
    other.close()


@pytest.mark.usefixtures("as_web")
def test_a_page_that_waits_too_long_is_busy_and_works_again_afterwards(
    request: pytest.FixtureRequest,
) -> None:
    make_bank()
    client = Client(raise_request_exception=False, headers={"accept-language": "en"})
    client.force_login(make_staff(Role.CITY_HR, "440200"))
    assert client.get("/candidates/").status_code == 200
    request.getfixturevalue("somebody_s_lock")
    answer = client.get("/candidates/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The system is busy" in answer.content.decode()


@pytest.mark.usefixtures("as_web")
def test_the_limits_are_those_of_the_transaction_and_leave_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("2s", "100ms")
    with connection.connection.cursor() as beside:
        beside.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert beside.fetchone() == ("0", "0")
