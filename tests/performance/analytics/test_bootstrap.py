"""Resampling by sums, and the interval made of it."""

import numpy as np
import pytest
from scipy import stats

from performance.analytics.bootstrap import GROUPS, PersonRows, bca_interval


def rows(n: int = 60, rated: int = 20) -> PersonRows:
    generator = np.random.default_rng(1)
    is_rated = np.zeros(n, dtype=bool)
    is_rated[generator.choice(n, rated, replace=False)] = True
    return PersonRows(generator.standard_normal((n, 2)), generator.standard_normal((rated, 3)), is_rated)


def whole(some: PersonRows) -> np.ndarray:
    """The same with the zeros that are left out."""
    padded = np.zeros((len(some.everybody), some.rated.shape[1]))
    padded[some.is_rated] = some.rated
    return np.hstack([some.everybody, padded])


def test_totals_and_jackknife_are_those_of_the_whole_table() -> None:
    table = whole(rows())
    assert rows().totals() == pytest.approx(table.sum(axis=0))
    assert rows().left_out() == pytest.approx(table.sum(axis=0) - table)


def test_samples_are_samples_of_whole_persons() -> None:
    generator = np.random.default_rng(7)
    counts = [np.bincount(drawn, minlength=60) for drawn in generator.integers(60, size=(5, 60))]
    assert rows().resampled(repeats=5, seed=7) == pytest.approx(np.array(counts) @ whole(rows()))


def test_one_seed_one_result() -> None:
    assert (rows().resampled(repeats=70, seed=3) == rows().resampled(repeats=70, seed=3)).all()


def test_many_persons_are_left_out_in_groups() -> None:
    many = rows(n=3 * GROUPS)
    left_out = many.left_out()
    assert len(left_out) == GROUPS
    assert (many.totals() - left_out).sum(axis=0) == pytest.approx(many.totals())


def test_the_interval_of_a_mean_agrees_with_scipy() -> None:
    values = np.random.default_rng(5).exponential(size=80)
    table = PersonRows(np.column_stack([np.ones(80), values]), np.empty((0, 0)), np.zeros(80, dtype=bool))
    samples = table.resampled(repeats=20_000, seed=1)
    left_out = table.left_out()
    found = bca_interval(values.mean(), samples[:, 1] / samples[:, 0], left_out[:, 1] / left_out[:, 0])
    oracle = stats.bootstrap((values,), np.mean, n_resamples=20_000, rng=np.random.default_rng(2))
    assert found == pytest.approx(tuple(oracle.confidence_interval), abs=0.02)


def test_what_has_no_value_has_no_interval() -> None:
    samples = np.ones(1_000)
    assert np.isnan(bca_interval(np.nan, samples, samples)).all()
    assert np.isnan(bca_interval(1.0, samples[:50], samples)).all()
