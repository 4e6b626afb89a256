"""The proposal of weights: shrunk, cross-validated, frozen, never of protected attributes."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from performance.analytics.cohort import Cohort
from performance.analytics.proposal import ComparedProposal, Proposal, Setting, propose_weights
from performance.analytics.reliability import summarise_months
from performance.analytics.simulation import World, simulate
from performance.analytics.weights import (
    admitted_by,
    best_weights,
    half_way,
    present_weights,
    study_weights,
    today_suffices_p,
)

SKEWED = (4.0, 4.0, 1.0, 1.0, 0.0, 0.0, 0.0)


def propose(cohort: Cohort) -> Proposal:
    return propose_weights(cohort, summarise_months(cohort.monthly).mean, Setting(seed=1))


def rated(cohort: Cohort) -> tuple[np.ndarray, np.ndarray]:
    return cohort.dimensions[cohort.hired], summarise_months(cohort.monthly).mean[cohort.hired]


def test_present_weights_are_found() -> None:
    dimensions = np.random.default_rng(1).normal(80, 8, (200, 3))
    weights, fit = present_weights(dimensions, dimensions @ [0.5, 0.3, 0.2])
    assert weights == pytest.approx([0.5, 0.3, 0.2])
    assert fit == pytest.approx(1)


def test_half_way_lies_half_way() -> None:
    assert half_way(np.array([0.5, 0.5]), np.array([0.9, 0.1])) == pytest.approx([0.7, 0.3])


def test_no_dimension_ever_counts_against_anybody() -> None:
    generator = np.random.default_rng(2)
    x = generator.standard_normal((300, 3))
    weights = best_weights(x, x @ [1.0, -1.0, 0.5], np.full(3, 1 / 3))
    assert weights == pytest.approx([2 / 3, 0, 1 / 3], abs=1e-9)


def test_the_f_test_agrees_with_statsmodels() -> None:
    cohort = simulate(World(applicants=900), seed=3)
    x, y = rated(cohort)
    today = np.full(7, 1 / 7)
    full = sm.OLS(y, sm.add_constant(x)).fit()
    small = sm.OLS(y, sm.add_constant(x @ today)).fit()
    assert today_suffices_p(x, y, today) == pytest.approx(full.compare_f_test(small)[1])


def test_better_weights_gain_and_are_refuted_today() -> None:
    cohort = simulate(World(applicants=4_000, weights=SKEWED), seed=4)
    study = study_weights(cohort.dimensions, cohort.score, *rated(cohort), seed=1)
    assert study.is_supported()
    assert study.gain_low < study.gain < study.gain_high
    assert study.proposed[:2].min() > study.proposed[4:].max()


def test_below_the_minimum_nothing_is_proposed() -> None:
    cohort = simulate(World(applicants=500, weights=SKEWED), seed=4)
    found = propose(cohort)
    assert found.status == "more_hires_needed"
    assert found.more_needed == 251 - cohort.hired.sum()


@pytest.mark.parametrize(("applicants", "status"), [(1_300, "suggestion"), (4_000, "recommendation")])
def test_strength_grows_with_the_number(applicants: int, status: str) -> None:
    world = World(
        applicants=applicants, weights=(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), monthly_noise=3, validity=0.5
    )
    assert propose(simulate(world, seed=1)).status == status


def test_adverse_impact_freezes_the_proposal() -> None:
    cohort = simulate(World(applicants=4_000, weights=SKEWED), seed=4)
    gender = np.where(
        np.where(cohort.passed, np.arange(4_000) % 4, np.arange(4_000) % 2) == 0, "female", "male"
    )
    found = propose(replace(cohort, protected={"gender": gender}))
    assert isinstance(found, ComparedProposal)
    assert found.status == "frozen"
    assert found.adverse == ["gender:female"] * 2


def test_protected_attributes_never_move_a_weight() -> None:
    cohort = simulate(World(applicants=4_000, weights=SKEWED), seed=4)
    other = np.random.default_rng(9).choice(["female", "male"], size=len(cohort))
    found, again = propose(cohort), propose(replace(cohort, protected={"gender": other}))
    for key in ("today", "best", "proposed", "p", "gain", "last_season"):
        assert getattr(found, key) == getattr(again, key)


def test_a_score_that_is_no_weighted_mean_has_no_weights_to_change() -> None:
    cohort = simulate(World(applicants=2_000), seed=4)
    noise = np.random.default_rng(1).normal(0, 4, len(cohort))
    assert propose(replace(cohort, score=cohort.score + noise)).status == "present_weights_unclear"


def test_as_many_pass_as_before() -> None:
    cohort = simulate(World(applicants=4_000, weights=SKEWED), seed=4)
    found = propose(cohort)
    assert isinstance(found, ComparedProposal)
    assert found.last_season.newly_passing == found.last_season.no_longer_passing > 0
    assert list(admitted_by(np.array([1.0]), np.array([[3.0], [9.0], [5.0]]), 2)) == [1, 2]
