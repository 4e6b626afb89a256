"""Small groups stay hidden, and cannot be worked out from the others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.analytics.privacy import hide_small


def rows(**counts: int) -> list[dict[str, Any]]:
    return [{"name": f"education:{name}", "n": n, "slope": 0.3} for name, n in counts.items()]


def hidden(found: list[dict[str, Any]]) -> set[str]:
    return {row["name"] for row in found if row["suppressed"]}


def test_a_small_group_takes_the_next_smallest_with_it() -> None:
    found = hide_small(rows(doctor=3, master=40, bachelor=200), named_by="name")
    assert hidden(found) == {"education:doctor", "education:master"}
    assert found[0] == {"name": "education:doctor", "n": None, "slope": None, "suppressed": True}


def test_two_small_groups_hide_each_other() -> None:
    assert len(hidden(hide_small(rows(doctor=3, master=4, bachelor=200), named_by="name"))) == 2


def test_all_but_four_is_four() -> None:
    found = hide_small([{"name": "finance", "n": 96, "slope": 0.3}], named_by="name", total=100)
    assert hidden(found) == {"finance"}


def test_families_do_not_mix() -> None:
    found = hide_small([*rows(doctor=3, master=40), {"name": "finance", "n": 50}], named_by="name", total=93)
    assert "finance" not in hidden(found)


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_no_small_number_is_shown_or_is_the_difference(counts: list[int]) -> None:
    found = hide_small(rows(**{f"g{number}": n for number, n in enumerate(counts)}), named_by="name")
    shown = [row["n"] for row in found if not row["suppressed"]]
    assert not [n for n in shown if 0 < n < 5]
    concealed = len(counts) - len(shown)
    assert concealed != 1 or len(counts) == 1


@pytest.mark.parametrize("n", [0, 5])
def test_nobody_and_five_are_shown(n: int) -> None:
    assert not hidden(hide_small(rows(one=n, other=50), named_by="name"))
