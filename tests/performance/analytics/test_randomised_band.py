"""Near-misses are counted within so many points below the cut-off; a lot is sized, never drawn."""

import numpy as np
import pytest

from performance.analytics.randomised_band import admitted_at_random, just_below_cut


def test_only_those_who_failed_below_the_cut_off_count() -> None:
    score = np.array([90.0, 80.0, *[79.5] * 6, *[77.5] * 4, 60.0])
    passed = score >= 80
    # Somebody above the cut-off who failed for another reason is no near-miss.
    score, passed = np.append(score, 85.0), np.append(passed, False)
    found = {row.points: row.n for row in just_below_cut(score, passed, 80.0)}
    assert (found[1], found[2], found[3], found[10]) == (6, 6, 10, 10)


def test_fewer_than_five_are_not_counted_out() -> None:
    score = np.array([80.0, 79.5, 79.0, 70.5])
    assert {row.n for row in just_below_cut(score, score >= 80, 80.0)} == {None}


def test_without_a_pass_there_is_no_cut_off() -> None:
    assert just_below_cut(np.array([50.0]), np.array([False]), np.nan) == []


@pytest.mark.parametrize(
    ("candidates", "share", "n"), [(0, 0.05, 0), (7, 0.05, 1), (100, 0.05, 5), (101, 0.05, 6)]
)
def test_a_lot_takes_its_share_and_at_least_one(candidates: int, share: float, n: int) -> None:
    assert admitted_at_random(candidates, share=share) == n
