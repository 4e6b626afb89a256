"""What a scatter plot shows: the hired as points, the others as a rug along the scores."""

from typing import Any

import numpy as np

from performance.analytics.arrays import Floats
from performance.analytics.minimums import SHOWN

# More points only make the same cloud darker.
MOST_POINTS = 1_000
RUG_STEP = 1.0


def draw_scatter(score: Floats, work: Floats, *, seed: int) -> dict[str, Any]:
    """Points (score, performance) of up to ``MOST_POINTS`` persons, and counts of the others by score.

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
    return {
        "points": [[round(float(score[row]), 1), round(float(work[row]), 1)] for row in rated],
        "rug": [[float(start * RUG_STEP), int(n)] for start, n in zip(starts, counts, strict=True)],
    }
