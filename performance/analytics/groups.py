"""Whether the interview says the same of every group: slopes, because correlations cannot tell.

A correlation differs between groups as soon as their spreads do, and selection changes spreads;
the slope of performance on score survives selection on the score (Linn 1968, Psychol. Bull. 69,
69-73; Bartlett et al. 1978, Personnel Psychol. 31, 233-241).
"""

from dataclasses import dataclass, replace
from math import nan
from typing import NamedTuple

import numpy as np
from scipy import stats

from performance.analytics.arrays import ROUNDING, UNKNOWN, Bools, Figure, Floats, Interval, Texts, is_flat
from performance.analytics.family import detectable
from performance.analytics.members import memberships
from performance.analytics.minimums import SHOWN, Minimum, more_needed

# Above this false discovery rate nothing is flagged.
FLAGGED_BELOW = 0.05


class Line(NamedTuple):
    """Performance on score by least squares."""

    n: int
    slope: float
    intercept: float
    slope_error: float
    residual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group against everybody else; NaN where there are too few persons or too few of the rest.

    Attributes:
        name: ``attribute:value``, or the attribute alone where it is yes or no.
        n: hired persons with records.
        slope: points of performance for one point of score.
        slope_difference: slope of the group minus slope of the rest, with ``slope_difference_ci95``.
        error: its standard error.
        p: of that difference, two-sided.
        q: p adjusted for everything that the analysis tests.
        detectable: the smallest difference that would have been found four times in five.
        flagged: q is below ``FLAGGED_BELOW``.
        more_needed: persons missing until the group is compared.
    """

    name: str
    n: int
    slope: Figure = nan
    slope_difference: Figure = nan
    slope_difference_ci95: Interval = UNKNOWN
    error: Figure = nan
    p: Figure = nan
    q: Figure = nan
    detectable: Figure = nan
    flagged: bool = False
    more_needed: int = 0

    def judged(self, q: float, *, level: float) -> "Group":
        """With its q, and what would have been found at this level."""
        return replace(self, q=q, flagged=q < FLAGGED_BELOW, detectable=detectable(self.error, level=level))


def fit_line(x: Floats, y: Floats) -> Line:
    """Ordinary least squares; NaN below three pairs or without spread, and no residual where all is rounding."""
    if len(x) < 3 or is_flat(x) or is_flat(y):
        return Line(len(x), nan, nan, nan, nan)
    fitted = stats.linregress(x, y)
    left = y - fitted.intercept - fitted.slope * x
    if np.abs(left).max() <= ROUNDING * max(1.0, float(np.abs(y).max())):
        return Line(len(x), float(fitted.slope), float(fitted.intercept), 0.0, 0.0)
    residual = float(np.sqrt((left**2).sum() / (len(x) - 2)))
    return Line(len(x), float(fitted.slope), float(fitted.intercept), float(fitted.stderr), residual)


class SlopeDifference(NamedTuple):
    """The standard error of a difference of slopes, its degrees of freedom, and the two-sided p of none."""

    error: float
    freedom: float
    p: float


def slope_difference(one: Line, other: Line, *, inflation: float = 1.0) -> SlopeDifference:
    """Test equal slopes, residual variances free to differ (Welch 1938; Satterthwaite 1946).

    NaN where a slope is unknown or neither line has any scatter about it.

    Args:
        one: line.
        other: line.
        inflation: of the variances, for what was taken out of the values before.
    """
    first, second = inflation * one.slope_error**2, inflation * other.slope_error**2
    if not first + second > 0:
        return SlopeDifference(nan, nan, nan)
    freedom = (first + second) ** 2 / (first**2 / (one.n - 2) + second**2 / (other.n - 2))
    error = float(np.sqrt(first + second))
    p = float(2 * stats.t.sf(abs(one.slope - other.slope) / error, freedom))
    return SlopeDifference(error, freedom, p)


def compare_groups(
    x: Floats, y: Floats, attributes: dict[str, Texts], *, inflation: float = 1.0
) -> list[Group]:
    """Every value of every attribute against the rest of the persons who have that attribute.

    Args:
        x: interview scores of hired persons with records, shape (n,).
        y: their performance, shape (n,).
        attributes: name to values, "" where unknown, each of shape (n,).
        inflation: as in ``slope_difference``.
    """
    return [
        _compare(name, x[known], y[known], member[known], inflation)
        for name, known, member in memberships(attributes)
    ]


def _compare(name: str, x: Floats, y: Floats, member: Bools, inflation: float) -> Group:
    n, rest = int(member.sum()), int((~member).sum())
    missing = max(more_needed(Minimum.GROUP, n), more_needed(Minimum.GROUP, rest))
    if n < SHOWN:
        return Group(name=name, n=n, more_needed=missing)
    inside = fit_line(x[member], y[member])
    if missing:
        return Group(name=name, n=n, more_needed=missing)
    outside = fit_line(x[~member], y[~member])
    apart, found = inside.slope - outside.slope, slope_difference(inside, outside, inflation=inflation)
    half = float(stats.t.ppf(0.975, found.freedom)) * found.error
    return Group(
        name=name,
        n=n,
        slope=inside.slope,
        slope_difference=apart,
        slope_difference_ci95=(apart - half, apart + half),
        error=found.error,
        p=found.p,
    )
