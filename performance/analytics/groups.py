"""Whether the interview says the same of every group: slopes, because correlations cannot tell.

A correlation differs between groups as soon as their spreads do, and selection changes spreads;
the slope of performance on score survives selection on the score (Linn 1968, Psychol. Bull. 69,
69-73; Bartlett et al. 1978, Personnel Psychol. 31, 233-241).
"""

from dataclasses import dataclass
from math import nan
from typing import NamedTuple

import numpy as np
from scipy import stats

from performance.analytics.arrays import ROUNDING, Bools, Figure, Floats, Texts, is_flat
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
        slope_difference: slope of the group minus slope of the rest.
        p: of that difference, two-sided.
        q: p adjusted for the number of groups compared.
        flagged: q is below ``FLAGGED_BELOW``.
        more_needed: persons missing until the group is compared.
    """

    name: str
    n: int
    slope: Figure = nan
    slope_difference: Figure = nan
    p: Figure = nan
    q: Figure = nan
    flagged: bool = False
    more_needed: int = 0


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


def slope_difference_p(one: Line, other: Line) -> float:
    """Two-sided p of equal slopes, residual variances free to differ (Welch 1938; Satterthwaite 1946).

    NaN where a slope is unknown or neither line has any scatter about it.
    """
    first, second = one.slope_error**2, other.slope_error**2
    if not first + second > 0:
        return nan
    freedom = (first + second) ** 2 / (first**2 / (one.n - 2) + second**2 / (other.n - 2))
    t = (one.slope - other.slope) / np.sqrt(first + second)
    return float(2 * stats.t.sf(abs(t), freedom))


def compare_groups(x: Floats, y: Floats, attributes: dict[str, Texts]) -> list[Group]:
    """Every value of every attribute against the rest of the persons who have that attribute.

    Args:
        x: interview scores of hired persons with records, shape (n,).
        y: their performance, shape (n,).
        attributes: name to values, "" where unknown, each of shape (n,).
    """
    found = [
        _compare(name, x[known], y[known], member[known]) for name, known, member in memberships(attributes)
    ]
    tested = [number for number, group in enumerate(found) if np.isfinite(group.p)]
    adjusted = stats.false_discovery_control(np.array([found[number].p for number in tested]))
    for number, q in zip(tested, adjusted, strict=True):
        found[number] = _judged(found[number], float(q))
    return found


def _compare(name: str, x: Floats, y: Floats, member: Bools) -> Group:
    n, rest = int(member.sum()), int((~member).sum())
    missing = max(more_needed(Minimum.GROUP, n), more_needed(Minimum.GROUP, rest))
    if n < SHOWN:
        return Group(name=name, n=n, more_needed=missing)
    inside = fit_line(x[member], y[member])
    if missing:
        return Group(name=name, n=n, more_needed=missing)
    outside = fit_line(x[~member], y[~member])
    return Group(
        name=name,
        n=n,
        slope=inside.slope,
        slope_difference=inside.slope - outside.slope,
        p=slope_difference_p(inside, outside),
    )


def _judged(group: Group, q: float) -> Group:
    return Group(
        name=group.name,
        n=group.n,
        slope=group.slope,
        slope_difference=group.slope_difference,
        p=group.p,
        q=q,
        flagged=q < FLAGGED_BELOW,
    )
