"""Each check fails in the world that breaks its assumption, and seldom in the one that keeps all."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from performance.analytics.assumptions.checking import Conclusion
from performance.analytics.assumptions.selection import best_cut_off, check_verdict_order, misjudged
from performance.analytics.report import analyse
from performance.analytics.results import Before
from performance.analytics.worlds import WORLDS, simulate_bank
from performance.rendering import checks

BY_NAME = {world.name: world for world in WORLDS}
SEASONS = 4


@cache
def concluded(name: str, seed: int) -> Conclusion:
    found = analyse(
        simulate_bank(BY_NAME[name], seed=seed), season="2025-autumn", before=Before(), repeats=1, seed=seed
    )
    assert found.conclusion is not None
    warned = [warning for warning in found.warnings if warning.code == "estimate_withheld"]
    assert bool(warned) is (found.conclusion.status in ("range", "withdrawn"))
    return found.conclusion


def failed(name: str) -> Counter[str]:
    every = [concluded(name, seed).checks for seed in range(SEASONS)]
    return Counter(check.code for found in every for check in found if check.outcome == "fails")


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("composite_selection", "verdict_order", "withdrawn"),
        ("overrides", "verdict_order", "withdrawn"),
        ("contamination", "known_score", "withdrawn"),
        ("autocorrelated_months", "months_independent", "range"),
        ("copied_quarters", "months_copied", "range"),
        ("ceiling", "ceiling", "range"),
        ("attrition", "attrition", "range"),
        ("sixty_hires", "precision", "range"),
    ],
)
def test_a_broken_assumption_is_found_and_takes_the_figure_away(name: str, code: str, status: str) -> None:
    assert failed(name)[code] >= SEASONS - 1
    found = next(one for one in (concluded(name, seed) for seed in range(SEASONS)) if code in one.because)
    assert found.status == status
    assert np.isfinite(found.range).all() == (status == "range")


@pytest.mark.parametrize("name", ["convex", "concave"])
def test_a_clear_bend_is_mostly_seen_and_its_range_holds_the_truth(name: str) -> None:
    assert failed(name)["curvature"] >= SEASONS - 1
    for seed in range(SEASONS):
        found = concluded(name, seed)
        assert found.status != "range" or found.range[0] < 0.45 < found.range[1]


def test_start_order_is_taken_out_and_needs_no_range() -> None:
    assert failed("learning_curve")["start_order"] == SEASONS
    assert all("start_order" not in concluded("learning_curve", seed).because for seed in range(SEASONS))


def test_where_nothing_is_broken_hardly_a_check_fails() -> None:
    found = failed("positions")
    # The bend is looked at early, on purpose; see the decision.
    assert sum(n for code, n in found.items() if code != "curvature") <= 1
    assert found["curvature"] <= 2


def test_every_check_has_words() -> None:
    every = concluded("positions", 0).checks
    assert {check.code for check in every} == set(checks.WORDS)
    assert all(checks.figure(check) for check in every)


def test_cut_offs_of_positions_or_branches_are_no_disorder() -> None:
    generator = np.random.default_rng(1)
    score, place = generator.normal(80, 6, 900), generator.integers(6, size=900)
    passed = score >= 78 + place
    one = np.zeros(900, dtype=np.int64)
    for position, branch in ((place, one), (one, place)):
        check = check_verdict_order(score, passed, position=position, branch=branch)
        assert (check.outcome, check.value) == ("holds", 0.0)
    assert misjudged(score, passed, one) > 0


def test_the_cut_off_is_not_the_lowest_pass() -> None:
    score = np.array([50.0, 70.0, 78.0, 79.0, 80.0, 81.0, 90.0])
    passed = np.array([True, False, False, False, True, True, True])
    assert best_cut_off(score, passed) == 80.0
    assert np.isnan(best_cut_off(score, np.zeros(7, dtype=bool)))
