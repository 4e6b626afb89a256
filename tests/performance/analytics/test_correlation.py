"""Observed correlations, shares, and their intervals, against other programs."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from performance.analytics.correlation import fisher_interval, pearson, spearman
from performance.analytics.proportions import wilson_interval


def test_fisher_interval() -> None:
    low, high = fisher_interval(0.3, 50)
    assert (round(low, 4), round(high, 4)) == (0.0236, 0.5338)


@pytest.mark.parametrize(("r", "n"), [(0.3, 3), (float("nan"), 50)])
def test_no_interval_without_persons_or_value(r: float, n: int) -> None:
    assert np.isnan(fisher_interval(r, n)).all()


def test_a_perfect_correlation_has_an_interval() -> None:
    assert fisher_interval(1.0, 10)[1] == pytest.approx(1.0, abs=1e-5)


def test_both_correlations_agree_with_scipy() -> None:
    generator = np.random.default_rng(1)
    x = np.round(generator.standard_normal(60), 1)
    y = np.round(x + generator.standard_normal(60), 1)
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y)[0])
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y)[0])


def test_no_spread_no_correlation() -> None:
    assert np.isnan(pearson(np.ones(5), np.arange(5.0)))
    assert np.isnan(pearson(np.arange(2.0), np.arange(2.0)))


@pytest.mark.parametrize(("successes", "n"), [(0, 12), (7, 12), (12, 12), (50, 300)])
def test_wilson_interval(successes: int, n: int) -> None:
    assert wilson_interval(successes, n) == pytest.approx(
        proportion_confint(successes, n, method="wilson"), abs=1e-9
    )


def test_no_share_of_nobody() -> None:
    assert np.isnan(wilson_interval(0, 0)).all()
