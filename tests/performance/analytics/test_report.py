"""The whole analysis of one cohort."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from performance.analytics.cohort import Cohort
from performance.analytics.drift import Spread
from performance.analytics.plain import plain, typed
from performance.analytics.report import analyse
from performance.analytics.results import Before, Report
from performance.analytics.simulation import World, simulate

KEYS = {
    *("n_applicants", "n_hired", "naive_r", "u", "criterion_reliability", "corrected_r", "corrected_full_r"),
    *("ci95", "spearman", "within_branch_r", "pooled_r", "simpson_warning", "dimensions", "groups"),
    *("anomalies", "fairness", "recommendations", "warnings"),
}


def report(cohort: Cohort, *, before: Before | None = None) -> dict[str, Any]:
    """As it is stored."""
    found = analyse(cohort, season="2025-autumn", before=before or Before(), repeats=200)
    stored: dict[str, Any] = plain(found)
    assert plain(typed(Report, stored)) == stored
    return stored


def codes(found: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in found["warnings"]]


@pytest.fixture(scope="module")
def season() -> Cohort:
    return simulate(World(applicants=1_500), seed=1)


def test_every_key_is_there_and_json_can_say_it(season: Cohort) -> None:
    found = report(season)
    assert found.keys() >= KEYS
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["dimensions"][0].keys() >= {"code", "naive_r", "lawley_r", "relative_weight"}
    assert found["groups"][0].keys() >= {"name", "n", "slope", "slope_difference", "p", "q"}
    assert found["fairness"][0].keys() >= {"group", "n", "impact_ratio", "p"}
    assert found["ci95"].keys() >= {"naive_r", "corrected_r", "corrected_full_r"}


def test_the_ladder_climbs_and_its_interval_holds_the_truth(season: Cohort) -> None:
    found = report(season)
    assert found["naive_r"] < found["corrected_r"] < found["corrected_full_r"]
    low, high = found["ci95"]["corrected_full_r"]
    assert low < 0.45 < high
    assert found["naive_r"] == pytest.approx(found["pooled_r"])


def test_few_hires_get_no_figure_but_how_many_are_missing() -> None:
    found = report(simulate(World(applicants=100), seed=1))
    n = found["n_performance"]
    assert 5 < n < 50
    assert found["corrected_full_r"] is None
    assert found["ci95"]["corrected_full_r"] == [None, None]
    assert found["anomalies"] is None
    missing = {w["section"]: w["more_needed"] for w in found["warnings"] if w["code"] == "more_hires_needed"}
    assert missing == {"validity": 50 - n, "dimensions": 100 - n, "anomalies": 50 - n, "weights": 251 - n}
    assert found["recommendations"] == []


def test_four_applicants_are_not_shown_at_all(season: Cohort) -> None:
    found = report(season.only(np.arange(len(season)) < 4))
    assert found.keys() >= KEYS
    assert found["n_applicants"] is None
    assert codes(found) == ["too_few_applicants"]


def test_nobody_hired_is_a_season_too(season: Cohort) -> None:
    nobody = replace(
        season, hired=np.zeros(len(season), dtype=bool), monthly=np.full((len(season), 0), np.nan)
    )
    found = report(nobody)
    assert found["n_hired"] == found["n_performance"] == 0
    assert found["scatter"]["points"] == []
    assert sum(n for _, n in found["scatter"]["rug"]) == len(season)


def test_one_month_has_no_reliability_and_no_full_correction(season: Cohort) -> None:
    found = report(replace(season, monthly=season.monthly[:, :1]))
    assert found["corrected_r"] is not None
    assert found["corrected_full_r"] is None
    assert "reliability_unknown" in codes(found)


def test_dependent_dimensions_are_named_not_crashed_on(season: Cohort) -> None:
    twice = season.dimensions.copy()
    twice[:, 1] = twice[:, 0]
    found = report(replace(season, dimensions=twice))
    assert "dimensions_dependent" in codes(found)
    assert found["dimensions"][0]["lawley_r"] is None


def test_a_shift_against_the_season_before_is_warned_of(season: Cohort) -> None:
    before = Before(scores=[Spread("2024-autumn", 2_000, 74.0, 6.0)])
    found = report(season, before=before)
    assert [shift["label"] for shift in found["drift"]["seasons"]] == ["2024-autumn", "2025-autumn"]
    assert "drift" in codes(found)


def test_hires_without_records_do_not_count_as_rated(season: Cohort) -> None:
    monthly = season.monthly.copy()
    monthly[np.flatnonzero(season.hired)[:100]] = np.nan
    found = report(replace(season, monthly=monthly))
    assert found["n_performance"] == found["n_hired"] - 100
