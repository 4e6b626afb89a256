"""What a scatter plot shows: the hired as points about their line, the others as a rug along the scores."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from performance.analytics.arrays import Floats
from performance.analytics.groups import fit_line
from performance.analytics.minimums import SHOWN, Minimum

# More points only make the same cloud darker.
MOST_POINTS = 1_000
RUG_STEP = 1.0
LINE_STEPS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """What is drawn.

    Attributes:
        points: score and performance of each person.
        line: score, fitted performance, and the ends of its 95% interval.
        rug: score, and how many of it have no performance.
    """

    points: list[tuple[float, float]]
    line: list[tuple[float, float, float, float]]
    rug: list[tuple[float, int]]


def draw_scatter(score: Floats, work: Floats, *, seed: int) -> Scatter:
    """Points (score, performance) of up to ``MOST_POINTS`` persons, their line, counts of the others by score.

    Args:
        score: interview scores, shape (n,).
        work: mean performance, NaN where there is none, shape (n,).
        seed: of the choice of points.
    """
    rated = np.flatnonzero(~np.isnan(work))
    if len(rated) < SHOWN:
        rated = rated[:0]
    elif len(rated) > MOST_POINTS:
        rated = np.random.default_rng(seed).choice(rated, MOST_POINTS, replace=False)
    starts, counts = np.unique(np.floor(score[np.isnan(work)] / RUG_STEP), return_counts=True)
    return Scatter(
        points=[(round(float(score[row]), 1), round(float(work[row]), 1)) for row in rated],
        line=_line(score[~np.isnan(work)], work[~np.isnan(work)]),
        rug=[(float(start * RUG_STEP), int(n)) for start, n in zip(starts, counts, strict=True)],
    )


def _line(x: Floats, y: Floats) -> list[tuple[float, float, float, float]]:
    """Score, fitted performance and the ends of its 95% interval (the mean's) at a few scores; all persons count."""
    line = fit_line(x, y)
    if line.n < Minimum.VALIDITY or not np.isfinite(line.slope):
        return []
    at = np.linspace(x.min(), x.max(), LINE_STEPS)
    fitted = line.intercept + line.slope * at
    spread = ((x - x.mean()) ** 2).sum()
    error = line.residual * np.sqrt(1 / line.n + (at - x.mean()) ** 2 / spread)
    half = stats.t.ppf(0.975, line.n - 2) * error
    columns = (
        [round(float(value), 2) for value in values] for values in (at, fitted, fitted - half, fitted + half)
    )
    return list(zip(*columns, strict=True))
