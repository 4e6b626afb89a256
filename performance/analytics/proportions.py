"""Shares with their intervals."""

from math import nan

from scipy import stats

from performance.analytics.arrays import Interval


def wilson_interval(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """Score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212); NaN of nothing."""
    if n == 0:
        return nan, nan
    interval = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)


def newcombe_interval(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """95% interval of the first share minus the second (Newcombe 1998, Stat. Med. 17, 873-890, method 10).

    Args:
        first: successes and persons; NaN of nothing.
        second: the same of the others.
    """
    if not first[1] or not second[1]:
        return nan, nan
    (low, high), (other_low, other_high) = wilson_interval(*first), wilson_interval(*second)
    share, other = first[0] / first[1], second[0] / second[1]
    return (
        share - other - ((share - low) ** 2 + (other_high - other) ** 2) ** 0.5,
        share - other + ((high - share) ** 2 + (other - other_low) ** 2) ** 0.5,
    )


def pooled_error(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Standard error of the difference of two shares that are the same; arguments as in ``newcombe_interval``."""
    if not first[1] or not second[1]:
        return nan
    pooled = (first[0] + second[0]) / (first[1] + second[1])
    found: float = (pooled * (1 - pooled) * (1 / first[1] + 1 / second[1])) ** 0.5
    return found
