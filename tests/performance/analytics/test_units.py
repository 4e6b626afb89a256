"""The whole against its branches, and branches drawn towards each other."""

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from performance.analytics.units import compare_pooling, compare_units, random_effects


def test_random_effects_agree_with_statsmodels() -> None:
    estimates = np.array([0.10, 0.30, 0.35, 0.65, 0.45, 0.15])
    variances = np.array([0.03, 0.03, 0.05, 0.01, 0.05, 0.02])
    found = random_effects(estimates, variances)
    oracle = combine_effects(estimates, variances, method_re="dl")
    assert found.tau_squared == pytest.approx(oracle.tau2)
    assert found.mean == pytest.approx(oracle.mean_effect_re)
    trust = oracle.tau2 / (oracle.tau2 + variances)
    assert found.shrunk == pytest.approx(trust * estimates + (1 - trust) * found.mean)


def test_units_that_differ_by_chance_alone_become_one() -> None:
    found = random_effects(np.array([0.30, 0.31, 0.29]), np.array([0.05, 0.05, 0.05]))
    assert found.tau_squared == 0
    assert found.shrunk == pytest.approx([0.3, 0.3, 0.3])


def branches(*, between: float, within: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(6)
    branch = np.repeat(np.arange(20), 25)
    level = np.linspace(-4, 4, 20)[branch]
    inside = generator.standard_normal(500) * 2
    y = between * level + within * inside + generator.standard_normal(500) * 3
    return 85 + level + inside, 80 + y, branch


def test_a_whole_that_contradicts_its_parts_is_warned_of() -> None:
    found = compare_pooling(*branches(between=-1.0, within=0.8))
    assert found.pooled_r < 0 < found.within_branch_r
    assert found.simpson_warning


def test_a_whole_like_its_parts_is_not() -> None:
    assert not compare_pooling(*branches(between=0.8, within=0.8)).simpson_warning


def test_each_branch_its_only_person_has_nothing_inside() -> None:
    x, y, _ = branches(between=0, within=1)
    found = compare_pooling(x, y, np.arange(500))
    assert np.isnan(found.within_branch_r)
    assert not found.simpson_warning


def test_small_units_say_how_many_are_missing() -> None:
    x, y, branch = branches(between=0, within=1)
    units = np.array([f"{number:02}" for number in branch])
    units[:18] = "99"
    found = {unit.code: unit for unit in compare_units(x, y, units)}
    assert found["00"].n == 7
    assert found["00"].more_needed == 3
    assert min(u.slope for u in found.values() if u.n > 7) <= found["05"].shrunk_slope


def test_one_unit_is_compared_with_nothing() -> None:
    x, y, _ = branches(between=0, within=1)
    (unit,) = compare_units(x, y, np.full(500, "only"))
    assert np.isnan(unit.slope)
