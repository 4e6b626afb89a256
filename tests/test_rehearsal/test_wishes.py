"""What can be asked for, and what is refused with a sentence."""

from pathlib import Path

import pytest

from tests.rehearsal.wishes import Wishes, WishImpossible


def test_without_any_wish_it_stays_up_with_three_hundred_signals() -> None:
    wishes = Wishes.of({})

    assert (wishes.once, wishes.signals, wishes.rate, wishes.port) == (False, 300, 60.0, None)
    assert len(wishes.password) >= 10
    assert wishes.password != Wishes.of({}).password
    assert wishes.password not in repr(wishes)


def test_all_wishes_are_heard(tmp_path: Path) -> None:
    file = tmp_path / "signals.ndjson"
    file.touch()
    wishes = Wishes.of(
        {
            "ONCE": "1",
            "DEMO_SIGNALS": str(file),
            "DEMO_PASSWORD": "s3cret",
            "DEMO_RATE": "120",
            "PORT": "8123",
        }
    )

    assert wishes.once
    assert wishes.signals == file
    assert (wishes.password, wishes.rate, wishes.port) == ("s3cret", 120.0, 8123)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEMO_SIGNALS", "0"),
        ("DEMO_SIGNALS", "100001"),
        ("DEMO_SIGNALS", "no-such-file.ndjson"),
        ("DEMO_RATE", "fast"),
        ("DEMO_RATE", "0"),
        ("DEMO_RATE", "nan"),
        ("PORT", "70000"),
    ],
)
def test_what_cannot_be_done_is_named(name: str, value: str) -> None:
    with pytest.raises(WishImpossible, match=name):
        Wishes.of({name: value})


def test_once_is_a_yes_and_nothing_else() -> None:
    assert [Wishes.of({"ONCE": value}).once for value in ("1", "true", "0", "", "no")] == [
        True,
        True,
        False,
        False,
        False,
    ]
