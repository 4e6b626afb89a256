"""Every run has a place of its own."""

import socket
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from tests.rehearsal.environment import choose_environment, free_web_port, redis_database


@pytest.fixture(autouse=True)
def portal(settings: Any, tmp_path: Path) -> None:
    """What the settings of the portal beside it say."""
    settings.BASE_DIR = tmp_path
    settings.DATABASE_URL = "postgresql://postgres@/hrportal?host=/tmp/somewhere"
    settings.REDIS_URL = "unix:///tmp/somewhere/valkey.sock"


def test_the_database_is_another_one_on_the_same_server() -> None:
    once, staying = (choose_environment(kind).variables() for kind in ("demo_once", "demo"))

    assert once["DATABASE_URL"] == "postgresql://postgres@/hrportal_demo_once?host=/tmp/somewhere"
    assert staying["DATABASE_URL"] == "postgresql://postgres@/hrportal_demo?host=/tmp/somewhere"
    assert once["REDIS_URL"] != staying["REDIS_URL"]
    assert once["REDIS_URL"].startswith("unix:///tmp/somewhere/valkey.sock?db=")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("unix:///a/b.sock", "unix:///a/b.sock?db=3"),
        ("unix:///a/b.sock?db=7", "unix:///a/b.sock?db=3"),
        ("redis://:secret@cache:6379/0", "redis://:secret@cache:6379/3"),
        ("redis://cache", "redis://cache/3"),
    ],
)
def test_redis_is_the_same_server_with_another_database(given: str, found: str) -> None:
    assert redis_database(given, 3) == found


def test_every_provider_is_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_API_BASE_URL", "https://api.twilio.com")
    found = choose_environment("demo")
    variables = found.variables()

    addresses = {name: value for name, value in variables.items() if name.endswith("_API_BASE_URL")}
    assert len(addresses) == 4
    assert all(value.startswith(f"http://127.0.0.1:{found.simulator_port}/") for value in addresses.values())
    assert variables["EMAIL_URL"] == f"smtp://127.0.0.1:{found.smtp_port}"


def test_the_portal_is_reached_on_its_own_port_or_where_the_settings_say() -> None:
    assert choose_environment("demo", port=8123).public_url == "http://127.0.0.1:8123"
    given = choose_environment("demo", port=8123, public_url="https://demo.bank.example")
    assert (given.public_url, given.web_url) == ("https://demo.bank.example", "http://127.0.0.1:8123")


def test_the_business_day_begins_at_nine_in_shanghai() -> None:
    begins = choose_environment("demo").begins

    assert (begins.hour, begins.minute) == (1, 0)


def test_a_port_that_was_asked_for_is_kept_and_another_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        monkeypatch.setattr("tests.rehearsal.environment.FIRST_PORT", port)
        assert free_web_port() > port
        # Whether it can be had, and what to do if not, is said where the rehearsal starts.
        assert choose_environment("demo", port=port).port == port
    assert free_web_port() == port


def test_a_second_run_of_the_same_kind_is_kept_out() -> None:
    first, second, other = (choose_environment(kind) for kind in ("demo", "demo", "demo_once"))

    with (
        first.held(),
        other.held(),
        pytest.raises(CommandError, match="goes on in this checkout already"),
        second.held(),
    ):
        pytest.fail("two runs share one database")
    with second.held():
        pass
