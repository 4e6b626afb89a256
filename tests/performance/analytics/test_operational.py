"""The estimate inside positions and branches, on seasons whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from performance.analytics.cohort import Cohort
from performance.analytics.marks import centred_months, mark, noise_of_means
from performance.analytics.operational import (
    OperationalValidity,
    as_signal,
    as_validity,
    estimate_operational,
)
from performance.analytics.restriction import disattenuated, thorndike_case_ii
from performance.analytics.simulation import World, simulate
from performance.analytics.validity import estimate_validity
from performance.analytics.worlds import WORLDS, simulate_bank

BY_NAME = {world.name: world for world in WORLDS}
SEASONS = 8


def estimated(cohort: Cohort) -> OperationalValidity:
    monthly = np.where(cohort.hired[:, None], cohort.monthly, np.nan)
    marks = mark(cohort.score, monthly, position=cohort.positions, branch=cohort.branch)
    return estimate_operational(cohort.score, marks, position=cohort.positions)


def test_slope_over_scatter_is_case_ii_after_the_correction_for_unreliability() -> None:
    r, u, reliability = 0.3, 0.5, 0.6
    true = disattenuated(r, reliability)
    assert as_validity(as_signal(true) / u) == pytest.approx(thorndike_case_ii(true, u))
    assert as_validity(as_signal(true) / u) == pytest.approx(0.643268, abs=1e-6)


def test_one_position_and_branch_give_what_the_classical_corrections_give() -> None:
    cohort = simulate(World(applicants=2_000), seed=3)
    cohort = replace(cohort, position=None, branch=np.zeros(len(cohort), dtype=np.int64))
    classical = estimate_validity(cohort.score, cohort.monthly, repeats=1, seed=1)
    found = estimated(cohort)
    assert found.r == pytest.approx(classical.corrected_full_r, abs=0.03)
    assert found.reliability == pytest.approx(classical.criterion_reliability, abs=0.05)
    assert [row.n for row in found.positions] == [cohort.hired.sum()]


@pytest.mark.parametrize(
    "name",
    ["positions", "positions_mild_where_easy", "lenient_good_branches", "many_branches", "learning_curve"],
)
def test_positions_and_branches_with_standards_of_their_own_do_not_bend_it(name: str) -> None:
    world = BY_NAME[name]
    found = [estimated(simulate_bank(world, seed=seed)) for seed in range(SEASONS)]
    assert np.mean([row.r for row in found]) == pytest.approx(world.validity, abs=0.08)
    assert sum(row.ci95[0] <= world.validity <= row.ci95[1] for row in found) >= SEASONS - 2


def test_everybody_pooled_would_be_far_off() -> None:
    cohorts = [simulate_bank(BY_NAME["positions_mild_where_easy"], seed=seed) for seed in range(SEASONS)]
    pooled = [
        estimate_validity(one.score, one.monthly, repeats=1, seed=1).corrected_full_r for one in cohorts
    ]
    assert np.mean(pooled) < 0.3


def test_copied_quarters_do_not_pass_for_reliability() -> None:
    world = BY_NAME["copied_quarters"]
    found = [estimated(simulate_bank(world, seed=seed)).reliability for seed in range(SEASONS)]
    # Two marks of 6.5 points of noise about 5 points of truth, less what selection takes away.
    assert np.mean(found) == pytest.approx(0.51, abs=0.08)


def test_noise_of_independent_months_is_that_of_their_mean() -> None:
    months = np.random.default_rng(1).normal(0, 6, (4_000, 6))
    centred = centred_months(months, np.zeros(4_000, dtype=np.int64))
    assert np.mean(noise_of_means(centred)) == pytest.approx(36 / 6, rel=0.1)
    assert np.isnan(noise_of_means(centred[:, :1])).all()


def test_small_positions_are_taken_together_and_all_hires_are_counted_once() -> None:
    found = estimated(simulate_bank(BY_NAME["positions"], seed=2))
    assert found.positions[-1].position == ""
    assert all(row.n >= 30 for row in found.positions[:-1])
    low, high = found.for_position
    assert low <= found.ci95[0] < found.r < found.ci95[1] <= high
