"""What validity is worth: how many perform well by score band, and at another cut-off.

A person performs well whose mean mark is above the average of the same position, start and branch; by
definition that is about half of the hired. What selection does for the share among all applicants is
Taylor & Russell's (1939, J. Appl. Psychol. 23, 565-578): both normal, correlating as the estimate says.
"""

from dataclasses import dataclass, field
from math import nan, sqrt
from typing import Final

import numpy as np
from scipy import stats
from scipy.integrate import quad

from performance.analytics.arrays import UNKNOWN, Bools, Figure, Floats, Interval, is_flat, is_known
from performance.analytics.marks import Marks
from performance.analytics.minimums import SHOWN, Minimum
from performance.analytics.proportions import wilson_interval

BANDS: Final = 4
# Of all applicants, if all were hired.
BASE_RATE: Final = 0.5
# At 1 everything is decided, and nothing can be integrated.
MOST: Final = 0.999
# Points by which another cut-off would lie above today's.
SHIFTS: Final = (-4, -2, 0, 2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Hires from one score to another, and how many of them perform well."""

    low: float
    high: float
    n: int
    share: Figure
    ci95: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCutOff:
    """Cut-offs moved by ``shift`` points: who would have passed, and the share of them expected to perform well."""

    shift: int
    passes: int
    share: Figure = nan
    ci95: Interval = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectancy:
    """Observed among the hired by score band, and expected of those who pass."""

    bands: list[Band] = field(default_factory=list)
    cut_offs: list[OtherCutOff] = field(default_factory=list)


def taylor_russell(validity: float, *, selection_ratio: float, base_rate: float = BASE_RATE) -> float:
    """Share of the selected who perform well; NaN where nobody is selected.

    Args:
        validity: correlation of score and performance among all.
        selection_ratio: share of all who are selected.
        base_rate: share of all who perform well.
    """
    if not 0 < selection_ratio <= 1 or not is_known(validity):
        return nan
    if selection_ratio == 1:
        return base_rate
    least, poor = stats.norm.isf(selection_ratio), stats.norm.isf(base_rate)
    bound = max(-MOST, min(MOST, validity))
    left = sqrt(1 - bound**2)

    def well(x: float) -> float:
        found: float = stats.norm.pdf(x) * stats.norm.sf((poor - bound * x) / left)
        return found

    return float(quad(well, least, np.inf)[0]) / selection_ratio


def expect_by_band(score: Floats, marks: Marks) -> list[Band]:
    """Bands with as many hires each; none below ``Minimum.VALIDITY``.

    Args:
        score: interview scores of all applicants, shape (n,).
        marks: of the hired.
    """
    x, y = score[marks.rated], marks.within.y
    if len(x) < Minimum.VALIDITY or is_flat(x) or is_flat(y):
        return []
    edges = np.unique(np.quantile(x, np.linspace(0, 1, BANDS + 1)))
    number = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    return [_band(x[number == band], y[number == band] > 0) for band in np.unique(number)]


def expect_at(score: Floats, cut_off: Floats, validity: float, ends: Interval) -> list[OtherCutOff]:
    """Today's cut-offs and others.

    Args:
        score: of all applicants, shape (n,).
        cut_off: of each applicant's position, shape (n,).
        validity: the estimate, NaN where there is a range only.
        ends: its interval, or the range.
    """
    found: list[OtherCutOff] = []
    # Today's first: of two that differ by a handful of persons, the farther one is left out.
    for shift in sorted(SHIFTS, key=abs):
        passes = int((score >= cut_off + shift).sum())
        if passes >= SHOWN and all(abs(passes - row.passes) >= SHOWN for row in found):
            ratio = passes / len(score)
            low, high = (taylor_russell(end, selection_ratio=ratio) for end in ends)
            share = taylor_russell(validity, selection_ratio=ratio)
            found.append(OtherCutOff(shift=shift, passes=passes, share=share, ci95=(low, high)))
    return sorted(found, key=lambda row: row.shift)


def _band(scores: Floats, good: Bools) -> Band:
    n, number = len(good), int(good.sum())
    return Band(
        low=float(scores.min()),
        high=float(scores.max()),
        n=n,
        share=number / n,
        ci95=wilson_interval(number, n),
    )
