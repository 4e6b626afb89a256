"""What validity is worth, against the published tables."""

from itertools import pairwise

import numpy as np
import pytest

from performance.analytics.expectancy import expect_at, expect_by_band, taylor_russell
from performance.analytics.marks import mark
from performance.analytics.simulation import World, simulate


@pytest.mark.parametrize(
    ("ratio", "share"),
    [
        (0.05, 0.88),
        (0.10, 0.84),
        (0.20, 0.78),
        (0.30, 0.74),
        (0.40, 0.70),
        (0.50, 0.67),
        (0.70, 0.60),
        (0.95, 0.52),
    ],
)
def test_taylor_and_russell_published_at_r_50_and_a_base_rate_of_50(ratio: float, share: float) -> None:
    assert taylor_russell(0.5, selection_ratio=ratio) == pytest.approx(share, abs=0.0051)


def test_no_validity_gains_nothing_and_nobody_selected_has_no_share() -> None:
    assert taylor_russell(0.0, selection_ratio=0.3) == pytest.approx(0.5)
    assert taylor_russell(0.5, selection_ratio=1.0) == 0.5
    assert np.isnan(taylor_russell(0.5, selection_ratio=0.0))


def test_it_is_what_a_simulation_of_everybody_shows() -> None:
    x, noise = np.random.default_rng(0).standard_normal((2, 200_000))
    work, passed = 0.45 * x + np.sqrt(1 - 0.45**2) * noise, x >= 1 / 3
    expected = taylor_russell(0.45, selection_ratio=float(passed.mean()))
    assert (work[passed] > 0).mean() == pytest.approx(expected, abs=0.01)


def test_bands_count_every_hire_once_and_higher_scores_do_better() -> None:
    cohort = simulate(World(applicants=4_000, validity=0.7), seed=2)
    marks = mark(cohort.score, cohort.monthly, position=cohort.positions, branch=cohort.branch)
    bands = expect_by_band(cohort.score, marks)
    assert sum(band.n for band in bands) == marks.rated.sum()
    assert bands[-1].share > bands[0].share + 0.2
    assert all(band.ci95[0] < band.share < band.ci95[1] for band in bands)


def test_other_cut_offs_show_fewer_who_do_better() -> None:
    score = np.random.default_rng(3).normal(78, 6, 2_000)
    rows = expect_at(score, np.full(2_000, 80.0), 0.45, (0.3, 0.6))
    assert [row.shift for row in rows] == [-4, -2, 0, 2, 4]
    assert all(one.passes > other.passes and one.share < other.share for one, other in pairwise(rows))
    assert all(row.ci95[0] < row.share < row.ci95[1] for row in rows)


def test_no_two_cut_offs_tell_of_a_handful() -> None:
    score = np.array([90.0] * 20 + [81.0] * 3 + [70.0] * 30)
    rows = expect_at(score, np.full(len(score), 80.0), 0.45, (0.3, 0.6))
    assert [(row.shift, row.passes) for row in rows] == [(0, 23)]
