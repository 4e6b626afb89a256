"""The studies over worlds and over looks, in small."""

import pytest

from performance.analytics.robustness import (
    WorldSeason,
    judge_schedule,
    judge_world,
    study_schedule,
    study_world,
)
from performance.analytics.worlds import DEGENERATE


@pytest.mark.parametrize("name", DEGENERATE)
def test_where_nothing_can_be_found_nothing_is_said(name: str) -> None:
    result = judge_world(name, [study_world(name, seed=1)])
    assert (result.met, result.found, result.warned) == (True, 0.0, 1.0)


@pytest.mark.parametrize(
    ("rows", "met"),
    [
        ([WorldSeason(0.46, 0.3, 0.6, warned=False, found=False)] * 9, True),
        ([WorldSeason(0.60, 0.5, 0.7, warned=False, found=False)] * 9, False),
        ([WorldSeason(0.46, 0.46, 0.47, warned=False, found=False)] * 9, False),
        ([WorldSeason(0.60, 0.5, 0.7, warned=True, found=False)] * 9, True),
        (
            [
                *[WorldSeason(0.60, 0.5, 0.7, warned=True, found=False)] * 5,
                *[WorldSeason(0.60, 0.5, 0.7, warned=False, found=False)] * 4,
            ],
            False,
        ),
    ],
)
def test_a_world_is_met_by_a_true_estimate_or_by_a_warning(rows: list[WorldSeason], met: bool) -> None:
    assert judge_world("positions", rows).met is met


def test_an_empty_season_is_looked_at_as_scheduled() -> None:
    found = judge_schedule([study_schedule(seed, looks=2) for seed in (1, 2)])
    assert (found.seasons, found.looks, found.scopes) == (2, 2, 9)
    assert found.last_look == found.any_look == 0.0
