"""Comparing people of one position and branch only: what both contribute is taken out of the values.

Position means, and those of the month of the start, are always taken out: cut-offs and marking levels
belong to positions. Branch means are taken out as far as branches differ, because two hundred branches
of two hires each would otherwise cost half of all information for nothing (quasi-demeaning: Mundlak
1978, Econometrica 46, 69-85; Wooldridge 2010, Econometric Analysis, 10.4).
"""

from dataclasses import dataclass

import numpy as np

from performance.analytics.arrays import ROUNDING, Floats, Integers, Texts, deviations, is_flat

ROUNDS = 200
TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Within:
    """Values of persons without what their position and branch contribute.

    Attributes:
        x: of the score, shape (h,).
        y: of the performance, shape (h,).
        freedom: how many persons' worth of scatter is left.
        branch_share: how much of the difference between branches was left in, 0 to 1.
    """

    x: Floats
    y: Floats
    freedom: float
    branch_share: float


def numbered(*labels: Texts | Integers) -> Integers:
    """The combination of labels that each row has, as a number from 0 on."""
    found = np.zeros(len(labels[0]), dtype=np.int64)
    for values in labels:
        codes = np.unique(values, return_inverse=True)[1]
        found = np.unique(found * (codes.max(initial=0) + 1) + codes, return_inverse=True)[1]
    return found


def without_means(values: Floats, *factors: Integers) -> Floats:
    """What is left of values, shape (h,) or (h, k), after the additive effects of factors.

    By alternating projections (Guimaraes & Portugal 2010, Stata Journal 10, 628-649); what is only
    rounding is 0.
    """
    columns = values.reshape(len(values), -1)
    left = columns - columns.mean(axis=0)
    sizes = [np.bincount(factor).astype(np.float64) for factor in factors]
    for _ in range(ROUNDS if len(factors) > 1 else 1):
        before = left
        for factor, size in zip(factors, sizes, strict=True):
            means = np.stack([np.bincount(factor, column) for column in left.T], axis=1) / size[:, None]
            left = left - means[factor]
        if np.abs(left - before).max(initial=0.0) <= TOLERANCE * max(
            1.0, float(np.abs(columns).max(initial=0))
        ):
            break
    return (
        deviations(left, 0.0 * left).reshape(values.shape) if not _is_rounding(left, columns) else 0 * values
    )


def spent(*factors: Integers) -> int:
    """Degrees of freedom that additive effects of factors cost, if they are connected."""
    return 1 + sum(int(factor.max(initial=0)) for factor in factors)


def compare_within(x: Floats, y: Floats, *, strata: Integers, branch: Integers) -> Within:
    """Take out the strata wholly, and the branches as far as they differ in level or slope.

    The part that lies between branches counts by the share of its scatter that persons explain, and
    less where the slope between branches is not the one inside (the square of Mundlak's t).

    Args:
        x: scores of hired persons with records, shape (h,).
        y: their performance, shape (h,).
        strata: number of what is always taken out, such as position and start, shape (h,).
        branch: number of the branch, shape (h,).
    """
    both = np.stack([x, y], axis=1)
    total = without_means(both, strata)
    inside = without_means(both, strata, branch)
    between = total - inside
    inner = len(x) - spent(strata, branch)
    outer = spent(strata, branch) - spent(strata)
    share = _between_share(inside, between, inner, outer) if outer > 0 else 1.0
    left = inside + np.sqrt(share) * between
    return Within(left[:, 0], left[:, 1], max(inner, 0) + share * outer, share)


def _between_share(inside: Floats, between: Floats, inner: int, outer: int) -> float:
    if inner < 3 or is_flat(inside[:, 0]) or is_flat(inside[:, 1]):
        return 1.0
    square = float(inside[:, 0] @ inside[:, 0])
    slope = float(inside[:, 0] @ inside[:, 1]) / square
    noise = float(((inside[:, 1] - slope * inside[:, 0]) ** 2).sum()) / (inner - 1)
    scatter = float(((between[:, 1] - slope * between[:, 0]) ** 2).sum()) / outer
    if not noise > 0 or not scatter > 0:
        return 1.0
    share = min(1.0, noise / scatter)
    squares = float(between[:, 0] @ between[:, 0])
    if squares > ROUNDING * square:
        apart = float(between[:, 0] @ between[:, 1]) / squares - slope
        t_squared = apart**2 / (noise / square + max(noise, scatter) / squares)
        share /= max(1.0, t_squared)
    return share


def _is_rounding(left: Floats, columns: Floats) -> bool:
    return bool(np.abs(left).max(initial=0.0) <= ROUNDING * max(1.0, float(np.abs(columns).max(initial=0.0))))
