"""Correlations as they are observed, with their intervals."""

from math import atanh, isfinite, nan, sqrt, tanh

import numpy as np
from scipy import stats

from performance.analytics.arrays import Floats, Interval, is_flat

# Fisher's z is infinite at 1.
LARGEST = 0.999_999


def pearson(x: Floats, y: Floats) -> float:
    """Product-moment correlation; NaN below three pairs or without spread."""
    if len(x) < 3 or is_flat(x) or is_flat(y):
        return nan
    return float(np.corrcoef(x, y)[0, 1])


def spearman(x: Floats, y: Floats) -> float:
    """Rank correlation with mid-ranks for ties; NaN below three pairs or without spread."""
    return nan if is_flat(x) or is_flat(y) else pearson(stats.rankdata(x), stats.rankdata(y))


def fisher_interval(r: float, n: int, *, level: float = 0.95) -> Interval:
    """Interval of a correlation of ``n`` pairs by Fisher's z (Fisher 1921): z ± q / sqrt(n - 3)."""
    if n < 4 or not isfinite(r):
        return nan, nan
    z = atanh(max(-LARGEST, min(LARGEST, r)))
    half = float(stats.norm.ppf((1 + level) / 2)) / sqrt(n - 3)
    return tanh(z - half), tanh(z + half)
