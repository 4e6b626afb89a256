"""The marks of the hired, made comparable: without what position, month of the start and branch contribute."""

from dataclasses import dataclass

import numpy as np

from performance.analytics.arrays import Bools, Floats, Integers, Texts
from performance.analytics.within import Within, compare_within, numbered, without_means

# Months so far apart have no noise in common, and no quarter.
APART = 3
# A start that fewer share compares nobody.
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Marks:
    """What the hired of a season are compared by, one row each.

    Attributes:
        rated: which applicants they are, shape (n,).
        strata: number of position and month of the start, shape (h,).
        branch: number of the branch, shape (h,).
        position: number of the position, shape (h,).
        within: scores and performance without what those contribute.
        noise: variance of a person's mean mark that is noise; NaN where months do not say, shape (h,).
    """

    rated: Bools
    strata: Integers
    branch: Integers
    position: Integers
    within: Within
    noise: Floats

    def without(self, values: Floats) -> Floats:
        """Values of the hired, shape (h,) or (h, k), without what position, start and branch contribute."""
        total = without_means(values, self.strata)
        inside = without_means(values, self.strata, self.branch)
        found: Floats = inside + np.sqrt(self.within.branch_share) * (total - inside)
        return found


def mark_means(monthly: Floats, strata: Integers) -> Floats:
    """Mean marks after the mean of every month of the same strata is taken out, plus the mean of all.

    Args:
        monthly: marks of the hired with records, shape (h, m).
        strata: who is compared with whom, shape (h,).
    """
    return np.asarray(np.nanmean(centred_months(monthly, strata), axis=1) + np.nanmean(monthly))


def centred_months(monthly: Floats, strata: Integers) -> Floats:
    """Marks about the mean of the same month and strata, NaN where there is none, shape (h, m)."""
    known = ~np.isnan(monthly)
    filled = np.where(known, monthly, 0.0)
    found = np.full_like(monthly, np.nan)
    for month in range(monthly.shape[1]):
        here = known[:, month]
        sizes = np.maximum(np.bincount(strata, here), 1)
        means = np.bincount(strata, filled[:, month]) / sizes
        found[here, month] = filled[here, month] - means[strata[here]]
    return found


def noise_of_means(centred: Floats) -> Floats:
    """How much of each person's mean is noise, as a variance; NaN where months do not repeat.

    Differences of months at least ``APART`` give the variance of one month's noise even where next
    months resemble each other or a quarter is copied; the scatter of a person's months says how much
    of it the mean averages out.

    Args:
        centred: as of ``centred_months``, shape (h, m).
    """
    months = centred.shape[1]
    apart = min(APART, months - 1)
    if apart < 1:
        return np.full(len(centred), np.nan)
    halves = np.stack(
        [
            np.pad(
                (centred[:, lag:] - centred[:, :-lag]) ** 2 / 2, ((0, 0), (0, lag)), constant_values=np.nan
            )
            for lag in range(apart, months)
        ]
    )
    number = (~np.isnan(halves)).sum(axis=(0, 2))
    far = np.nansum(halves, axis=(0, 2)) / np.maximum(number, 1)
    found: Floats = np.where(number > 0, far - np.nanvar(centred, axis=1), np.nan)
    return found


def start_months(monthly: Floats) -> Integers:
    """Column of each person's first mark, shape (h,)."""
    return np.asarray((~np.isnan(monthly)).argmax(axis=1), dtype=np.int64)


def mark(score: Floats, monthly: Floats, *, position: Texts, branch: Integers) -> Marks:
    """Prepare: who is compared with whom, and without what.

    Args:
        score: interview scores of all applicants, shape (n,).
        monthly: their marks, NaN where there is none, shape (n, m).
        position: code of the position, shape (n,).
        branch: number of the branch, shape (n,).
    """
    rated: Bools = np.logical_or.reduce(~np.isnan(monthly), axis=1)
    months = monthly[rated]
    places, branches = numbered(position[rated]), numbered(branch[rated])
    if not rated.any():
        return Marks(rated, places, branches, places, Within(np.zeros(0), np.zeros(0), 0, 1), np.zeros(0))
    strata = stratified(places, months)
    work = mark_means(months, strata)
    within = compare_within(score[rated], work, strata=strata, branch=branches)
    return Marks(rated, strata, branches, places, within, noise_of_means(centred_months(months, strata)))


def stratified(position: Integers, monthly: Floats) -> Integers:
    """Number of position and month of the start; a start that hardly anybody shares would compare nobody.

    Args:
        position: of the hired with records, shape (h,).
        monthly: their marks, shape (h, m).
    """
    if not len(position):
        return position
    strata = numbered(position, start_months(monthly))
    few = np.bincount(strata)[strata] < FEWEST
    return numbered(position, np.where(few, -1, strata))
