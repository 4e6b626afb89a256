"""What every test stands on: real engines, no network beyond this machine."""

import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import hypothesis
import pytest
import redis
from django.conf import settings as portal_settings
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker, Settings

from branches.queries.calendar import forget_calendars
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import bank_wide
from tests.factories import NOW
from tests.small_bank import NEVER_DELETED, sweep
from tests.template import ensure_template


class NetworkRefused(RuntimeError):
    """A test tried to reach another machine."""


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    if host != "localhost" and not ip_address(host).is_loopback:
        raise NetworkRefused(f"Tests must not connect to {host}.")


# What a busy machine needs for an example says nothing about the code.
hypothesis.settings.register_profile(
    "portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")

# An audit hook sees every connection of this process, whatever library opens it.
sys.addaudithook(_refuse_other_machines)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Before a run's processes copy the template, it is made, by the one that starts them."""
    if not hasattr(session.config, "workerinput"):
        ensure_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with real transactions end by emptying every table, which the access log refuses even its owner."""
    with django_db_blocker.unblock(), as_owner(), connection.cursor() as cursor:
        for table in NEVER_DELETED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER is_not_emptied")


@pytest.fixture(autouse=True, scope="session")
def swept_tables() -> Iterator[None]:
    """Tests with real transactions end by sweeping instead of Django's flush."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: sweep())
        yield


@pytest.fixture(autouse=True)
def bank_wide_tests() -> Iterator[None]:
    """A test prepares and looks at rows of the whole bank; requests and tasks open their own scope."""
    forget_calendars()
    with bank_wide("a test"):
        yield


@pytest.fixture
def business_clock(settings: Settings) -> Settings:
    """Pages live at the factories' moment, whatever day it is; setting ``CLOCK_BUSINESS_EPOCH`` moves them on."""
    settings.CLOCK_BUSINESS_EPOCH, settings.CLOCK_REAL_EPOCH = NOW.timestamp(), time.time()
    return settings


@pytest.fixture
def valkey() -> Iterator[redis.Redis]:
    """A client of this worker's own Valkey database, empty before and after the test."""
    client = redis.Redis.from_url(portal_settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()
