"""Reliability of means of months."""

import numpy as np
import pytest

from performance.analytics.reliability import reliability_of_mean, spearman_brown, summarise_months


def alpha(scores: np.ndarray) -> float:
    covariance = np.cov(scores.T)
    months = len(covariance)
    return float(months / (months - 1) * (1 - np.trace(covariance) / covariance.sum()))


def months(*, persons: int, number: int, seed: int = 3) -> np.ndarray:
    generator = np.random.default_rng(seed)
    true = generator.standard_normal((persons, 1))
    season = generator.standard_normal(number) * 3
    return 80 + 5 * true + season + 6 * generator.standard_normal((persons, number))


def reliability(scores: np.ndarray) -> float:
    records = summarise_months(scores)
    return float(reliability_of_mean(records.sums.sum(axis=0), months=records.months))


def test_spearman_brown_doubles_a_test() -> None:
    assert spearman_brown(0.6, 2) == pytest.approx(0.75)


def test_complete_months_give_cronbachs_alpha() -> None:
    scores = months(persons=40, number=6)
    assert reliability(scores) == pytest.approx(alpha(scores))


def test_missing_months_change_it_a_little() -> None:
    scores = months(persons=2_000, number=6)
    full = reliability(scores)
    holes = np.where(np.random.default_rng(1).random(scores.shape) < 0.3, np.nan, scores)
    records = summarise_months(holes)
    length = len(holes) / records.sums[:, 6].sum()
    single = full / (6 - 5 * full)
    assert reliability(holes) == pytest.approx(spearman_brown(single, length), abs=0.02)


def test_a_good_month_for_everybody_is_not_noise() -> None:
    scores = months(persons=200, number=4)
    assert reliability(scores + np.array([0, 50, -50, 20])) == pytest.approx(reliability(scores))


def test_one_month_repeats_nothing() -> None:
    assert np.isnan(reliability(months(persons=50, number=1)))


def test_persons_who_do_not_differ_have_none() -> None:
    generator = np.random.default_rng(0)
    scores = 80 - generator.standard_normal((60, 2)) @ np.array([[1.0, -1.0], [0.0, 0.01]])
    assert np.isnan(reliability(scores))


def test_who_has_no_month_counts_nowhere() -> None:
    scores = months(persons=40, number=6)
    records = summarise_months(np.vstack([scores, np.full((3, 6), np.nan)]))
    assert np.isnan(records.mean[-3:]).all()
    assert not records.sums[-3:].any()
