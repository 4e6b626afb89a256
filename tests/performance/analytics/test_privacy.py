"""Small groups stay hidden, and cannot be worked out from the others."""

from operator import attrgetter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.analytics.privacy import Hidden, hide_small


class Row(NamedTuple):
    name: str
    n: int


def rows(**counts: int) -> list[Row]:
    return [Row(f"education:{name}", n) for name, n in counts.items()]


def hide(found: list[Row], total: int | None = None) -> list[Row | Hidden]:
    return hide_small(found, name_of=attrgetter("name"), total=total)


def hidden(found: list[Row | Hidden]) -> set[str]:
    return {row.name for row in found if isinstance(row, Hidden)}


def test_a_small_group_takes_the_next_smallest_with_it() -> None:
    found = hide(rows(doctor=3, master=40, bachelor=200))
    assert hidden(found) == {"education:doctor", "education:master"}
    assert found[0] == Hidden("education:doctor")


def test_two_small_groups_hide_each_other() -> None:
    assert len(hidden(hide(rows(doctor=3, master=4, bachelor=200)))) == 2


def test_all_but_four_is_four() -> None:
    assert hidden(hide([Row("finance", 96)], total=100)) == {"finance"}


def test_families_do_not_mix() -> None:
    assert "finance" not in hidden(hide([*rows(doctor=3, master=40), Row("finance", 50)], total=93))


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_no_small_number_is_shown_or_is_the_difference(counts: list[int]) -> None:
    found = hide(rows(**{f"g{number}": n for number, n in enumerate(counts)}))
    shown = [row.n for row in found if isinstance(row, Row)]
    assert not [n for n in shown if 0 < n < 5]
    concealed = len(counts) - len(shown)
    assert concealed != 1 or len(counts) == 1


@pytest.mark.parametrize("n", [0, 5])
def test_nobody_and_five_are_shown(n: int) -> None:
    assert not hidden(hide(rows(one=n, other=50)))
