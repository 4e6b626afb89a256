"""What can be asked for, and what is refused with a sentence."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.rehearsal.options import Options, read_options


def options(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Options:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return read_options()


def test_without_options_it_stays_up_with_three_hundred_signals() -> None:
    found = read_options()

    assert (found.once, found.signals, found.rate, found.port) == (False, 300, 60.0, None)
    assert len(found.password) >= 10
    assert found.password != read_options().password
    assert found.password not in repr(found)


def test_all_options_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "signals.ndjson"
    file.touch()
    found = options(
        monkeypatch, ONCE="1", DEMO_SIGNALS=str(file), DEMO_PASSWORD="s3cret", DEMO_RATE="120", PORT="8000"
    )

    assert found.once
    assert found.signals == file
    assert (found.password, found.rate, found.port) == ("s3cret", 120.0, 8000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEMO_SIGNALS", "0"),
        ("DEMO_SIGNALS", "100001"),
        ("DEMO_SIGNALS", "no-such-file.ndjson"),
        ("DEMO_RATE", "fast"),
        ("DEMO_RATE", "0"),
        ("DEMO_RATE", "nan"),
        ("ONCE", "perhaps"),
    ],
)
def test_what_cannot_be_done_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"{name} holds an impossible value\. Give "):
        options(monkeypatch, **{name: value})


def test_once_is_a_yes_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [options(monkeypatch, ONCE=value).once for value in ("1", "true", "0", "", "no")]
    assert found == [True, True, False, False, False]
