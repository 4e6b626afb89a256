"""Whether performance follows the score by one straight line, with equal scatter, in every position and branch."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy import stats

from performance.analytics.arrays import UNKNOWN, Floats, Integers, Interval, is_flat, is_known
from performance.analytics.assumptions.check import Check, judged
from performance.analytics.marks import Marks
from performance.analytics.operational import LEAST_TRUE, OperationalValidity, as_signal, as_validity
from performance.analytics.units import Pooling
from performance.analytics.within import without_means

# A bend beyond the hired moves the estimate by .1 before the usual .05 would see it, so this is looked at early.
BENT = 0.20
SURE = 0.01
# Of s (see ``operational``): about .6 of a correlation, and not narrower because the correlation came out high.
WIDEST = 0.80
FEWEST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Bend:
    """Performance on the score and its square.

    Attributes:
        value: change of the slope from one deviation of the applicants' score to the next, of the slope.
        p: of the square.
        ends: interval of the validity if the bend goes on below the cut-off.
    """

    value: float
    p: float
    ends: Interval


def find_bend(score: Floats, marks: Marks, position: Integers) -> Bend:
    """Fit it, with HC3 errors (MacKinnon & White 1985, J. Econometrics 29, 305-325). Scores are those about the position's applicants.

    Args:
        score: of all applicants, shape (n,).
        marks: of the hired.
        position: number of the position of all, shape (n,).
    """
    x = without_means(score, position)
    z = (x / x.std())[marks.rated] if not is_flat(x) else x[marks.rated]
    y = marks.within.y
    freedom = marks.within.freedom - 2
    design = without_means(np.stack([z, z**2], axis=1), marks.strata)
    if freedom < FEWEST or is_flat(y) or np.linalg.matrix_rank(design) < 2:
        return Bend(value=nan, p=nan, ends=UNKNOWN)
    inverse = np.linalg.inv(design.T @ design)
    slope, square = inverse @ design.T @ y
    residuals = y - design @ np.array([slope, square])
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design) + 1 - (freedom + 2) / len(y)
    weighted = design * (residuals / np.maximum(1 - leverage, LEAST_TRUE))[:, None]
    variance = inverse @ (weighted.T @ weighted) @ inverse
    p = float(2 * stats.t.sf(abs(square) / sqrt(variance[1, 1]), freedom)) if variance[1, 1] > 0 else nan
    scatter = float((residuals**2).sum()) / freedom
    noise = float(np.nanmean(marks.noise)) if np.isfinite(marks.noise).any() else 0.0
    true = max(scatter - noise, LEAST_TRUE * scatter) + 2 * square**2
    half = 2 * sqrt(variance[0, 0])
    low, high = ((slope + sign * half) / sqrt(true) for sign in (-1, 1))
    value = float(2 * square / abs(slope)) if slope else nan
    return Bend(value=value, p=p, ends=(as_validity(float(low)), as_validity(float(high))))


def check_curvature(bend: Bend, n: int) -> Check:
    """Is the line straight where it can be seen? ``value`` as in ``Bend``."""
    return judged("curvature", "range", fails=bend.p < BENT, value=bend.value, limit=0.0, p=bend.p, n=n)


def check_equal_scatter(marks: Marks) -> Check:
    """Do people scatter about the line as much at high scores as at low ones? ``value`` is a rank correlation."""
    x, y = marks.within.x, marks.within.y
    n = len(x)
    if n < FEWEST or is_flat(x) or is_flat(y):
        return judged("equal_scatter", "range", fails=False, value=nan, limit=0.1, n=n)
    left = np.abs(y - float(x @ y) / float(x @ x) * x)
    if is_flat(left):
        return judged("equal_scatter", "range", fails=False, value=nan, limit=0.1, n=n)
    found = stats.spearmanr(x, left)
    value, p = float(found.statistic), float(found.pvalue)
    return judged(
        "equal_scatter", "range", fails=abs(value) > 0.1 and p < SURE, value=value, limit=0.1, p=p, n=n
    )


def check_positions_alike(found: OperationalValidity) -> Check:
    """Is the validity of one position that of the others? ``value`` is the standard deviation between them."""
    n = len([row for row in found.positions if is_known(row.r)])
    if n < 2:
        return judged("positions_alike", "range", fails=False, value=nan, limit=SURE, n=n)
    return judged(
        "positions_alike",
        "range",
        fails=found.heterogeneity_p < SURE,
        value=found.tau,
        limit=SURE,
        p=found.heterogeneity_p,
        n=n,
    )


def check_branches_alike(pooling: Pooling, n: int) -> Check:
    """Do branches with better scores also mark better than scores explain? The model takes branches out.

    ``value`` is the correlation within branches minus the overall one.
    """
    return judged(
        "branches_alike",
        "adjusted",
        fails=pooling.simpson_warning,
        value=pooling.within_branch_r - pooling.pooled_r,
        limit=0.1,
        p=pooling.p,
        n=n,
    )


def check_precision(found: OperationalValidity, n: int) -> Check:
    """Is the interval narrow enough to speak of one figure? ``value`` is its width as slope over scatter."""
    low, high = (as_signal(end) for end in found.ci95)
    return judged("precision", "range", fails=high - low > WIDEST, value=high - low, limit=WIDEST, n=n)
