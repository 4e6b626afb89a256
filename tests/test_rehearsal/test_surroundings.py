"""Every run has a place of its own."""

import socket
from pathlib import Path

import pytest

from tests.rehearsal.surroundings import AnotherDemoRuns, Surroundings, free_web_port, redis_database
from tests.rehearsal.wishes import Wishes


def place(tmp_path: Path, **wishes: str) -> Surroundings:
    return Surroundings.choose(
        Wishes.of(wishes),
        base=tmp_path,
        database_url="postgresql://postgres@/hrportal?host=/tmp/somewhere",
        redis_url="unix:///tmp/somewhere/valkey.sock",
        public_url="",
        zone="Asia/Shanghai",
    )


def test_the_database_is_another_one_on_the_same_server(tmp_path: Path) -> None:
    once, staying = place(tmp_path, ONCE="1"), place(tmp_path)

    assert once.database_url == "postgresql://postgres@/hrportal_demo_once?host=/tmp/somewhere"
    assert staying.database_url == "postgresql://postgres@/hrportal_demo?host=/tmp/somewhere"
    assert once.redis_url != staying.redis_url
    assert once.redis_url.startswith("unix:///tmp/somewhere/valkey.sock?db=")


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


def test_every_provider_is_the_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_API_BASE_URL", "https://api.twilio.com")
    found = place(tmp_path)
    environment = found.environment()

    addresses = {name: value for name, value in environment.items() if name.endswith("_API_BASE_URL")}
    assert len(addresses) == 4
    assert all(value.startswith(f"http://127.0.0.1:{found.lab_port}/") for value in addresses.values())
    assert environment["EMAIL_URL"] == f"smtp://127.0.0.1:{found.smtp_port}"


def test_the_business_day_begins_at_nine_in_shanghai(tmp_path: Path) -> None:
    begins = place(tmp_path).begins

    assert (begins.hour, begins.minute) == (1, 0)


def test_a_port_that_was_asked_for_is_kept_and_another_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as first:
        first.bind(("127.0.0.1", 0))
        first.listen()
        port = first.getsockname()[1]
        monkeypatch.setattr("tests.rehearsal.surroundings.FIRST_PORT", port)
        assert free_web_port() > port
        # Whether it can be had, and what to do if not, is said where the demonstration starts.
        assert place(tmp_path, PORT=str(port)).port == port
    assert free_web_port() == port


def test_a_second_run_of_the_same_kind_is_kept_out(tmp_path: Path) -> None:
    first, second, other = place(tmp_path), place(tmp_path), place(tmp_path, ONCE="1")

    with first.held(), other.held(), pytest.raises(AnotherDemoRuns), second.held():
        pytest.fail("two runs share one database")
    with second.held():
        pass
