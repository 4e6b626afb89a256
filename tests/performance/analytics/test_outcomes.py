"""Outcomes of a season, held against statsmodels and scipy."""

from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson

from performance.analytics.arrays import Floats
from performance.analytics.cohort import Cohort
from performance.analytics.outcomes import (
    PER,
    Earlier,
    OutcomeRow,
    mean_interval,
    measure_outcomes,
    poisson_interval,
)
from performance.analytics.report import analyse
from performance.analytics.results import Before
from performance.analytics.simulation import World, simulate


def cohort_of(n: int, **changes: Any) -> Cohort:
    none = np.full(n, np.nan)
    given: dict[str, Any] = {
        "score": np.linspace(60, 99, n),
        "dimensions": np.empty((n, 0)),
        "codes": (),
        "passed": np.ones(n, dtype=np.bool_),
        "hired": np.ones(n, dtype=np.bool_),
        "monthly": np.empty((n, 0)),
        "attainment": none,
        "branch": np.zeros(n, dtype=np.int64),
        "unit": np.full(n, ""),
        "version": np.full(n, "v1"),
        "reached": np.zeros(n, dtype=np.int64),
        "channel": np.full(n, ""),
        "hours": none,
    }
    return Cohort(**given | changes)


def outcomes(cohort: Cohort, work: Floats | None = None, **before: Any) -> dict[str, OutcomeRow]:
    values = np.full(len(cohort), np.nan) if work is None else work
    return {row.code: row for row in measure_outcomes(cohort, values, before=before)}


@pytest.mark.parametrize("events", [0, 1, 7, 240])
def test_a_count_has_garwoods_interval(events: int) -> None:
    assert poisson_interval(events) == pytest.approx(confint_poisson(events, 1, method="exact-c"))


def test_garwoods_published_figures() -> None:
    """Garwood's table at 95%: nothing seen, and ten."""
    assert poisson_interval(0) == pytest.approx((0, 3.689), abs=1e-3)
    assert poisson_interval(10) == pytest.approx((4.795, 18.390), abs=1e-3)


def test_a_mean_has_students_interval() -> None:
    values = np.array([70.0, 75, 81, 90, 64])
    expected = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert mean_interval(values) == pytest.approx(expected)


def test_complaints_are_pooled_over_their_exposure() -> None:
    complaints = np.array([1.0, 0, 3, 2, 0, np.nan, 5])
    transactions = np.array([100.0, 400, 1000, 500, 0, 800, np.nan])
    row = outcomes(cohort_of(7, measures={"complaints": complaints, "transactions": transactions}))[
        "complaint_rate"
    ]
    assert (row.n, row.suppressed) == (None, True)
    complaints[4], transactions[4] = 0, 50
    row = outcomes(cohort_of(7, measures={"complaints": complaints, "transactions": transactions}))[
        "complaint_rate"
    ]
    assert (row.n, row.events, row.exposure) == (5, 6, 2050)
    assert row.value == pytest.approx(6 / 2050 * PER)
    expected = confint_poisson(6, 2050, method="exact-c")
    assert (row.low, row.high) == pytest.approx(tuple(bound * PER for bound in expected))


def test_the_share_who_reached_their_targets_has_wilsons_interval() -> None:
    row = outcomes(cohort_of(6, attainment=np.array([1.0, 1.2, 0.99, 0.5, 2, np.nan])))["target_attainment"]
    assert (row.n, row.value) == (5, 0.6)
    assert (row.low, row.high) == pytest.approx(proportion_confint(3, 5, method="wilson"))


def test_means_stay_within_what_is_possible() -> None:
    completion = np.array([1.0, 1, 1, 1, 0.2])
    row = outcomes(cohort_of(5, measures={"project_completion": completion}))["project_completion"]
    assert row.value == pytest.approx(0.84)
    assert row.high == 1


def test_only_the_hired_count() -> None:
    hired = np.array([True] * 5 + [False] * 5)
    row = outcomes(cohort_of(10, hired=hired), np.arange(70.0, 80))["score"]
    assert (row.n, row.value) == (5, 72)


def test_fewer_than_five_are_hidden_and_none_is_said() -> None:
    work = np.array([70.0, 80, 90, 75, np.nan])
    found = outcomes(cohort_of(5), work)
    assert found["score"] == OutcomeRow("score", None, suppressed=True)
    assert found["complaint_rate"] == OutcomeRow("complaint_rate", 0)


def test_the_season_before_stands_beside() -> None:
    before = {"score": Earlier("2024-autumn", OutcomeRow("score", 40, 77.0, 75.0, 79.0))}
    cohort = simulate(World(applicants=300), seed=1)
    result = analyse(cohort, season="2025-autumn", before=Before(outcomes=before), repeats=200)
    row = result.outcomes[0]
    assert [row.code for row in result.outcomes] == [
        "score",
        "complaint_rate",
        "project_completion",
        "target_attainment",
    ]
    assert (row.before, row.before_n, row.before_season) == (77.0, 40, "2024-autumn")
    assert row.low is not None
    assert row.high is not None
    assert row.low < (row.value or 0) < row.high
    assert result.outcomes[1].n == 0
