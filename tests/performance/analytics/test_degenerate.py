"""No scatter, no figure: whatever a season is made of, nothing raises and no rule fires from rounding."""

import json
from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from performance.analytics.arrays import Floats
from performance.analytics.bootstrap import bca_interval
from performance.analytics.cohort import Cohort
from performance.analytics.correlation import pearson
from performance.analytics.drift import Spread, find_shifts
from performance.analytics.groups import fit_line
from performance.analytics.outcomes import mean_interval
from performance.analytics.plain import plain, typed
from performance.analytics.report import analyse
from performance.analytics.restriction import lawley
from performance.analytics.results import Before, Report
from performance.analytics.simulation import World, simulate
from performance.rendering.names import Names
from performance.rendering.panels.catalogue import PANELS, sections_of
from performance.rendering.remarks import remarks

SEASON = simulate(World(applicants=1_200), seed=5)
WORK_FIGURES = ("naive_r", "corrected_r", "corrected_full_r", "spearman", "pooled_r", "within_branch_r")


def flat_work(cohort: Cohort, mark: float = 82.3) -> Cohort:
    """Everybody hired has the same mark, but not as many months: their means differ by rounding only."""
    months = np.full_like(cohort.monthly, mark)
    months[~np.isfinite(cohort.monthly)] = np.nan
    months[::2, -1] = np.nan
    return replace(cohort, monthly=months, attainment=np.where(cohort.hired, 1.0, np.nan))


def linear_work(cohort: Cohort) -> Cohort:
    exact = np.where(cohort.hired, 20 + 0.75 * cohort.score, np.nan)
    return replace(cohort, monthly=np.tile(exact[:, None], (1, cohort.monthly.shape[1])))


def one_hire(cohort: Cohort) -> Cohort:
    hired = np.zeros(len(cohort), dtype=bool)
    hired[np.flatnonzero(cohort.hired)[0]] = True
    return replace(cohort, hired=hired)


def cut(cohort: Cohort, number: int) -> Cohort:
    return cohort.only(np.arange(len(cohort)) < number)


def tied(cohort: Cohort) -> Cohort:
    """Two scores and two marks only, the same in every branch."""
    high = cohort.score > np.median(cohort.score)
    months = np.where(np.isfinite(cohort.monthly), np.where(high, 80.0, 70.0)[:, None], np.nan)
    return replace(cohort, score=np.where(high, 90.0, 60.0), monthly=months)


def spoilt(cohort: Cohort, value: float) -> Cohort:
    score, monthly = cohort.score.copy(), cohort.monthly.copy()
    score[:7], monthly[7:60, 0] = value, value
    dimensions = cohort.dimensions.copy()
    dimensions[30:40, 0] = value
    hours = np.full(len(cohort), value)
    return replace(cohort, score=score, monthly=monthly, dimensions=dimensions, attainment=hours, hours=hours)


def rare_dimension(cohort: Cohort) -> Cohort:
    """A dimension in which two of all hires differ: most samples of them have no variance in it."""
    dimensions = cohort.dimensions.copy()
    dimensions[:, 0] = 70.0
    dimensions[np.flatnonzero(cohort.hired)[:2], 0] = (60.0, 80.0)
    return replace(cohort, dimensions=dimensions)


def with_dimension(cohort: Cohort, values: Floats) -> Cohort:
    return replace(cohort, dimensions=np.column_stack([values, cohort.dimensions[:, 1:]]))


WORLDS: dict[str, Callable[[Cohort], Cohort]] = {
    "flat marks": flat_work,
    "flat marks of 100": lambda cohort: flat_work(cohort, 100.0),
    "flat marks of 0": lambda cohort: flat_work(cohort, 0.0),
    "flat scores": lambda cohort: replace(cohort, score=np.full(len(cohort), 91.3)),
    "flat scores among the hired": lambda cohort: replace(
        cohort, score=np.where(cohort.hired, 91.3, cohort.score)
    ),
    "scores apart by rounding": lambda cohort: replace(
        cohort, score=(91.3 + 1e-13 * np.arange(len(cohort)) % 3).astype(np.float64)
    ),
    "all flat": lambda cohort: flat_work(replace(cohort, score=np.full(len(cohort), 91.3))),
    "work follows from the score": linear_work,
    "two values only": tied,
    "one branch": lambda cohort: replace(
        cohort, branch=np.zeros(len(cohort), dtype=np.int64), unit=np.full(len(cohort), "1")
    ),
    "score of the branch": lambda cohort: replace(cohort, score=70 + cohort.branch + cohort.branch / 3),
    "one hire": one_hire,
    "nobody hired": lambda cohort: replace(cohort, hired=np.zeros(len(cohort), dtype=bool)),
    "everybody hired": lambda cohort: replace(cohort, hired=np.ones(len(cohort), dtype=bool)),
    "everybody passed": lambda cohort: replace(cohort, passed=np.ones(len(cohort), dtype=bool)),
    "nobody": lambda cohort: cut(cohort, 0),
    "one applicant": lambda cohort: cut(cohort, 1),
    "five applicants": lambda cohort: cut(cohort, 5),
    "one group": lambda cohort: replace(
        cohort,
        groups={name: np.full(len(cohort), "yes") for name in cohort.groups},
        protected={"gender": np.full(len(cohort), "female")},
    ),
    "the group is the score": lambda cohort: replace(
        cohort,
        score=np.where(cohort.branch > 11, 90.0, 80.0),
        groups={"side": np.where(cohort.branch > 11, "yes", "no")},
    ),
    "one person decides": lambda cohort: replace(
        cohort, score=np.where(np.arange(len(cohort)) == np.flatnonzero(cohort.hired)[0], 100.0, 80.0)
    ),
    "no months": lambda cohort: replace(cohort, monthly=np.empty((len(cohort), 0))),
    "one month": lambda cohort: replace(cohort, monthly=cohort.monthly[:, :1]),
    "no dimensions": lambda cohort: replace(cohort, dimensions=np.empty((len(cohort), 0)), codes=()),
    "one dimension": lambda cohort: replace(
        cohort, dimensions=cohort.score[:, None].copy(), codes=cohort.codes[:1]
    ),
    "a flat dimension": lambda cohort: with_dimension(cohort, np.full(len(cohort), 70.0)),
    "a dimension twice": lambda cohort: with_dimension(cohort, cohort.dimensions[:, 1]),
    "a rare dimension": rare_dimension,
    "no number": lambda cohort: spoilt(cohort, np.nan),
    "infinite": lambda cohort: spoilt(cohort, np.inf),
    "too large": lambda cohort: spoilt(cohort, -1e308),
    "each row twice": lambda cohort: cohort.only(np.repeat(np.arange(len(cohort)), 2)),
    "extreme": lambda cohort: replace(cohort, score=np.where(cohort.hired, 100.0, 0.0)),
}


def examined(cohort: Cohort, before: Before | None = None) -> dict[str, Any]:
    """The report, after every panel and remark of it was written."""
    found = analyse(cohort, season="2026-autumn", before=before or Before(), repeats=120, seed=3)
    told: dict[str, Any] = json.loads(json.dumps(plain(found), allow_nan=False))
    stored = typed(Report, told)
    for panel in PANELS:
        for section in sections_of(panel, stored, Names()):
            json.dumps([section.chart, section.table and section.table.cells], allow_nan=False)
    assert all(remark.text for remark in remarks(stored.warnings))
    return told


@pytest.mark.parametrize("world", WORLDS)
def test_no_world_raises_and_each_can_be_told(world: str) -> None:
    examined(WORLDS[world](SEASON))


@pytest.mark.parametrize("world", ["flat marks", "flat marks of 100", "flat marks of 0", "all flat"])
def test_equal_marks_give_no_figure_and_no_advice(world: str) -> None:
    found = examined(WORLDS[world](SEASON))
    assert {found[name] for name in WORK_FIGURES} == {None}
    assert found["recommendations"] == []
    assert not [row for row in found["groups"] if row["flagged"] or row["slope"] is not None]
    assert not [row for row in found["equal_score"] if row["p"] is not None or row["effect"] is not None]
    assert not [row for row in found["units"] if row["slope"] is not None]
    assert found["weights"]["status"] == "no_scatter"
    assert found["anomalies"] is None
    assert {"no_scatter"} <= {warning["code"] for warning in found["warnings"]}
    assert "anomalies_above_chance" not in {warning["code"] for warning in found["warnings"]}


@pytest.mark.parametrize("world", ["flat scores", "flat scores among the hired", "scores apart by rounding"])
def test_equal_scores_give_no_figure(world: str) -> None:
    found = examined(WORLDS[world](SEASON))
    assert {found[name] for name in WORK_FIGURES} == {None}
    assert {"code": "no_scatter", "of": "score", "n": found["n_performance"]} in found["warnings"]
    assert not [
        row for row in found["recommendations"] if row["kind"] in ("hiring_share", "dimension_weights")
    ]


def test_a_flat_season_is_no_drift_from_another() -> None:
    flat = Spread("2025-autumn", 200, 82.3, 1e-14)
    [_, shift] = find_shifts([flat, Spread("2026-autumn", 200, 82.30000000000001, 0.0)])
    assert (np.isnan(shift.d), shift.shifted) == (True, False)
    examined(flat_work(SEASON), Before(work=[flat], scores=[Spread("2025-autumn", 0, np.nan, np.nan)]))


MARKS = st.sampled_from([0.0, 60.0, 82.3, 82.3 + 1e-13, 100.0, np.nan, np.inf])


@settings(max_examples=40)
@given(
    number=st.integers(0, 400),
    scores=st.lists(MARKS, min_size=1, max_size=4),
    marks=st.lists(MARKS, min_size=1, max_size=4),
    branches=st.integers(1, 3),
    world=st.sampled_from(sorted(WORLDS)),
)
def test_few_values_in_any_world(
    number: int, scores: list[float], marks: list[float], branches: int, world: str
) -> None:
    cohort = WORLDS[world](SEASON)
    n = len(cohort)
    monthly = np.where(cohort.hired[:, None], np.resize(marks, cohort.monthly.shape), np.nan)
    cohort = cut(
        replace(cohort, score=np.resize(scores, n), monthly=monthly, branch=cohort.branch % branches), number
    )
    found = examined(cohort)
    if len({mark for mark in marks if isfinite(mark)}) < 2:
        assert not [row for row in found["recommendations"] if row["kind"] == "hiring_share"]


def test_the_formulas_have_no_value_without_scatter() -> None:
    flat, rising = np.array([82.3, 82.3 + 1e-13, 82.3, 82.3]), np.arange(4.0)
    assert np.isnan(pearson(flat, rising))
    assert np.isnan(fit_line(rising, flat).slope)
    assert fit_line(rising, 2 * rising).residual == 0.0
    assert np.isnan(mean_interval(flat)).all()
    assert np.isnan(bca_interval(np.nan, np.full(200, np.nan), np.full(9, np.nan))).all()
    assert bca_interval(0.5, np.full(200, 0.5), np.array([])) == (0.5, 0.5)
    free = lawley(
        selected_xx=np.array([np.eye(2), np.ones((2, 2)), np.zeros((2, 2))]),
        selected_xy=np.ones((3, 2)),
        selected_yy=np.ones(3),
        all_xx=np.tile(np.eye(2), (3, 1, 1)),
    )
    assert np.isfinite(free.with_y).all(axis=1).tolist() == [True, False, False]
