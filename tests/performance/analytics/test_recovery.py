"""Known truth, in seconds: the command ``simulate_validity`` does the same for two hundred seasons."""

from math import nan

import numpy as np
import pytest

from performance.analytics.advice import Comparisons, judge_together
from performance.analytics.groups import compare_groups
from performance.analytics.recovery import Criterion, judge, study_season
from performance.analytics.reliability import summarise_months
from performance.analytics.simulation import World, simulate
from performance.analytics.validity import estimate_validity
from performance.analytics.weights import study_weights
from performance.rendering.known_truth import FIGURES

SEASONS = 60


def test_truth_is_recovered() -> None:
    world = World(applicants=1_200)
    found = []
    for seed in range(SEASONS):
        cohort = simulate(world, seed=seed)
        found.append(estimate_validity(cohort.score, cohort.monthly, repeats=300, seed=seed))
    bias = np.mean([study.corrected_full_r for study in found]) - world.validity
    covered = [
        low <= world.validity <= high for low, high in (study.ci95.corrected_full_r for study in found)
    ]
    assert abs(bias) < 0.03
    assert np.mean(covered) > 0.88
    assert np.mean([study.naive_r for study in found]) < 0.3


def test_nothing_is_found_where_nothing_is() -> None:
    flags, proposals = 0, 0
    for seed in range(20):
        cohort = simulate(World(applicants=1_500), seed=seed)
        work = summarise_months(cohort.monthly).mean[cohort.hired]
        groups = {name: values[cohort.hired] for name, values in cohort.groups.items()}
        compared = compare_groups(cohort.score[cohort.hired], work, groups)
        nothing = Comparisons(missed=[], steps=[], channels=[])
        flags += any(group.flagged for group in judge_together(compared, nothing, share=1.0)[0])
        study = study_weights(
            cohort.dimensions, cohort.score, cohort.dimensions[cohort.hired], work, seed=seed
        )
        proposals += study.is_supported()
    assert flags <= 4
    assert proposals <= 3


def test_seasons_are_judged_by_what_is_promised() -> None:
    world = World(applicants=400)
    seasons = [study_season(world, seed=seed, repeats=150) for seed in (1, 2)]
    criteria = {promise.name: promise for promise in judge(world, seasons)}
    assert set(criteria) <= set(FIGURES)
    assert criteria["n"].value == np.mean([season.n for season in seasons])
    assert criteria["bias of corrected_full_r"].value == pytest.approx(
        np.mean([season.corrected_full_r for season in seasons]) - 0.45
    )


@pytest.mark.parametrize(
    ("value", "is_met"), [(0.92, True), (0.98, True), (0.91, False), (0.99, False), (nan, False)]
)
def test_a_promise_is_kept_between_its_bounds(value: float, is_met: bool) -> None:
    assert Criterion("coverage", value, 0.92, 0.98).is_met is is_met


def test_the_simulated_world_is_as_it_says() -> None:
    world = World(
        applicants=40_000, cut_off=0, hired_share=1, months=1, monthly_noise=0, weights=(3, 1, 1, 1, 0, 0, 0)
    )
    cohort = simulate(world, seed=1)
    assert np.corrcoef(cohort.score, cohort.monthly[:, 0])[0, 1] == pytest.approx(0.45, abs=0.015)
    assert cohort.score == pytest.approx(cohort.dimensions.mean(axis=1))
