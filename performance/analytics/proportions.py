"""Shares with their intervals."""

from math import nan

from scipy import stats

from performance.analytics.arrays import Interval


def wilson_interval(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212); NaN of nothing."""
    if n == 0:
        return nan, nan
    z = float(stats.norm.ppf((1 + level) / 2))
    share, shrink = successes / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)
