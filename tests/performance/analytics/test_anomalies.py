"""How many high scores with poor work chance makes."""

import numpy as np
import pytest
from scipy import stats

from performance.analytics.anomalies import Anomalies, count_anomalies, poor_probabilities


def work(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(88, 3, n)
    return x, 78 + 0.3 * (x - 88) + generator.normal(0, 6, n)


def counted(x: np.ndarray, y: np.ndarray, *, seed: int) -> Anomalies:
    found = count_anomalies(x, y, seed=seed)
    assert found is not None
    return found


def test_a_person_on_the_line_at_70_is_poor_every_second_time() -> None:
    assert poor_probabilities(np.array([90.0]), slope=1, intercept=-20, residual=5) == pytest.approx(0.5)
    assert poor_probabilities(np.array([95.0]), slope=1, intercept=-20, residual=5) == pytest.approx(
        stats.norm.cdf(-1)
    )


def test_chance_stays_inside_its_interval() -> None:
    inside = 0
    for seed in range(40):
        found = counted(*work(seed), seed=seed)
        inside += found.low <= found.observed <= found.high
    assert inside >= 36


def test_more_than_chance_lies_above_it() -> None:
    x, y = work(1)
    best = np.flatnonzero(x >= 90)[:25]
    y[best] = 66
    found = counted(x, y, seed=1)
    assert found.observed > found.high
    assert found.considered == (x >= 90).sum()


def test_nobody_above_90_expects_nothing() -> None:
    x, y = work(1)
    found = counted(np.minimum(x, 89), y, seed=1)
    assert (found.observed, found.expected, found.low, found.high) == (0, 0, 0, 0)
