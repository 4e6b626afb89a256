"""Branches: does the whole say the same as its parts, and what can be said of one part alone."""

from dataclasses import dataclass
from math import isfinite, nan
from typing import NamedTuple

import numpy as np
from scipy import stats

from performance.analytics.arrays import (
    ROUNDING,
    UNKNOWN,
    Figure,
    Floats,
    Integers,
    Interval,
    Texts,
    deviations,
    is_flat,
)
from performance.analytics.correlation import pearson
from performance.analytics.family import detectable
from performance.analytics.groups import fit_line
from performance.analytics.minimums import Minimum, more_needed

# Smaller differences between the whole and its parts change nobody's mind, whatever their p.
NOTICEABLE = 0.10
LEVEL = float(stats.norm.ppf(0.975))


class Pooling(NamedTuple):
    """The correlation over everybody and inside branches (or positions); ``p`` is of equal slopes of both kinds.

    ``detectable`` is the smallest difference of slopes, in standard deviations of work by score, that would
    have been noticed four times in five.
    """

    pooled_r: float
    within_branch_r: float
    p: float
    simpson_warning: bool
    detectable: float = nan


class RandomEffects(NamedTuple):
    """A common mean, how much the units truly differ, and each unit drawn towards the mean, with its error."""

    mean: float
    tau_squared: float
    shrunk: Floats
    errors: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit's slope, alone and shrunk (with ``ci95``); NaN where it has too few persons.

    ``detectable`` is the smallest difference to the others that would have been noticed four times in five.
    """

    code: str
    n: int
    slope: Figure = nan
    shrunk_slope: Figure = nan
    ci95: Interval = UNKNOWN
    detectable: Figure = nan
    more_needed: int = 0


def compare_pooling(x: Floats, y: Floats, branch: Integers) -> Pooling:
    """Pooled against within-branch correlation, with a warning where they contradict (Simpson 1951).

    Whether the slope between branches differs from the slope inside is Mundlak's test (1978,
    Econometrica 46, 69-85): performance on score and on the branch's mean score, where the second
    coefficient is the difference of both slopes.
    """
    number, sizes = np.unique(branch, return_inverse=True, return_counts=True)[1:]
    mean_x = (np.bincount(number, x) / sizes)[number]
    mean_y = (np.bincount(number, y) / sizes)[number]
    several = sizes[number] > 1
    inside_x, inside_y = deviations(x, mean_x)[several], deviations(y, mean_y)[several]
    pooled, within = pearson(x, y), pearson(inside_x, inside_y)
    p, error = _context(x, y, mean_x)
    apart = abs(pooled - within) >= NOTICEABLE or pooled * within < 0
    least = detectable(error * x.std() / y.std(), level=0.05) if isfinite(error) else nan
    return Pooling(pooled, within, p, bool(isfinite(p) and p < 0.05 and apart), least)


def random_effects(estimates: Floats, variances: Floats) -> RandomEffects:
    """Empirical-Bayes means of units whose estimates are more or less certain.

    The variance between units is DerSimonian & Laird's (1986, Control. Clin. Trials 7, 177-188);
    each unit is drawn towards the common mean by the share of its variance that is noise (Efron &
    Morris 1973, J. Am. Stat. Assoc. 68, 117-130).
    """
    fixed = 1 / variances
    mean = (fixed * estimates).sum() / fixed.sum()
    heterogeneity = (fixed * (estimates - mean) ** 2).sum()
    scale = fixed.sum() - (fixed**2).sum() / fixed.sum()
    tau_squared = max(0.0, float((heterogeneity - (len(estimates) - 1)) / scale)) if scale else 0.0
    weights = 1 / (variances + tau_squared)
    mean = float((weights * estimates).sum() / weights.sum())
    trust = tau_squared / (tau_squared + variances)
    errors = np.sqrt(trust * variances + (1 - trust) ** 2 / weights.sum())
    return RandomEffects(mean, tau_squared, trust * estimates + (1 - trust) * mean, errors)


def compare_units(x: Floats, y: Floats, unit: Texts) -> list[Unit]:
    """Slope of performance on score in each unit with enough persons, alone and shrunk.

    Residual variance is pooled over the units: ten persons do not know their own.
    """
    codes = [str(code) for code in np.unique(unit) if code]
    members = {code: unit == code for code in codes}
    enough = [
        code
        for code in codes
        if members[code].sum() >= Minimum.UNIT
        and isfinite(fit_line(x[members[code]], y[members[code]]).slope)
    ]
    if len(enough) < 2:
        return [_unjudged(code, int(members[code].sum())) for code in codes]
    lines = {code: fit_line(x[members[code]], y[members[code]]) for code in enough}
    noise = sum(line.residual**2 * (line.n - 2) for line in lines.values())
    noise /= sum(line.n - 2 for line in lines.values())
    if not noise > 0:
        # Without any scatter about the lines nothing says how much to trust each.
        return [_unjudged(code, int(members[code].sum())) for code in codes]
    spread = np.array([x[members[code]].var() * lines[code].n for code in enough])
    slopes = np.array([lines[code].slope for code in enough])
    effects = random_effects(slopes, noise / spread)
    judged = {
        code: Unit(
            code=code,
            n=lines[code].n,
            slope=lines[code].slope,
            shrunk_slope=float(shrunk),
            ci95=(float(shrunk - LEVEL * error), float(shrunk + LEVEL * error)),
            detectable=detectable(alone, level=0.05),
        )
        for code, shrunk, error, alone in zip(
            enough, effects.shrunk, effects.errors, np.sqrt(noise / spread), strict=True
        )
    }
    return [judged.get(code) or _unjudged(code, int(members[code].sum())) for code in codes]


def _unjudged(code: str, n: int) -> Unit:
    return Unit(code=code, n=n, more_needed=more_needed(Minimum.UNIT, n))


def _context(x: Floats, y: Floats, mean_x: Floats) -> tuple[float, float]:
    """Mundlak's p, and the standard error of the difference of slopes."""
    design = np.stack([np.ones_like(x), x, mean_x], axis=1)
    if len(x) < 10 or is_flat(y) or np.linalg.matrix_rank(design) < 3:
        return nan, nan
    coefficients = np.linalg.lstsq(design, y)[0]
    freedom = len(x) - 3
    noise = ((y - design @ coefficients) ** 2).sum() / freedom
    if noise <= (ROUNDING * float(np.abs(y).max())) ** 2:
        return nan, nan
    error = np.sqrt(noise * np.linalg.inv(design.T @ design)[2, 2])
    return float(2 * stats.t.sf(abs(coefficients[2] / error), freedom)), float(error)
