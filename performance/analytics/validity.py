"""The validity estimates: naive, corrected for selection, corrected for criterion unreliability and selection."""

from dataclasses import dataclass
from math import nan
from typing import NamedTuple

import numpy as np

from performance.analytics.arrays import ROUNDING, UNKNOWN, Figure, Floats, Interval, deviations
from performance.analytics.bootstrap import PersonRows, bca_interval
from performance.analytics.reliability import reliability_of_mean, summarise_months
from performance.analytics.restriction import fully_corrected, thorndike_case_ii

# Columns of the sums: of applicants 1, x, x²; of those with records 1, x, x², y, y², xy; then months.
_ALL, _RATED, _MONTHS = slice(0, 3), slice(3, 9), slice(9, 16)
# A sample in which the corrected correlation passes 1 stands at its edge.
EDGE = 0.999


class ValidityEstimates(NamedTuple):
    """The estimates, each of the shape of the samples it was computed from."""

    naive_r: Floats
    u: Floats
    criterion_reliability: Floats
    corrected_r: Floats
    corrected_full_r: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """The bootstrap interval of each estimate."""

    naive_r: Interval = UNKNOWN
    u: Interval = UNKNOWN
    criterion_reliability: Interval = UNKNOWN
    corrected_r: Interval = UNKNOWN
    corrected_full_r: Interval = UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """One season's validity estimates; NaN where there is no value."""

    naive_r: Figure = nan
    u: Figure = nan
    criterion_reliability: Figure = nan
    corrected_r: Figure = nan
    corrected_full_r: Figure = nan
    ci95: Intervals = Intervals()


def validity_estimates(sums: Floats, *, months: int) -> ValidityEstimates:
    """Every estimate from sums of ``person_rows`` over persons, shape (..., 16)."""
    n, x, xx = np.moveaxis(sums[..., _ALL], -1, 0)
    rated, rx, rxx, ry, ryy, rxy = np.moveaxis(sums[..., _RATED], -1, 0)
    with np.errstate(all="ignore"):
        spread = _variance(xx, x, n)
        spread_x = _variance(rxx, rx, rated)
        spread_y = _variance(ryy, ry, rated)
        naive = (rxy - rx * ry / rated) / (rated - 1) / np.sqrt(spread_x * spread_y)
        u = np.sqrt(spread_x / spread)
        reliability = reliability_of_mean(sums[..., _MONTHS], months=months)
        # Beyond 1 there is no correlation to correct; such samples come from very few persons.
        bound = EDGE * np.sqrt(reliability)
        full = fully_corrected(np.clip(naive, -bound, bound), u=u, reliability=reliability)
        return ValidityEstimates(naive, u, reliability, thorndike_case_ii(naive, u), full)


def _variance(squares: Floats, total: Floats, n: Floats) -> Floats:
    """From sums; NaN where what is left of the squares is only rounding."""
    found: Floats = (squares - total**2 / n) / (n - 1)
    return np.where(found > ROUNDING * squares / n, found, np.nan)


def person_rows(score: Floats, monthly: Floats) -> tuple[PersonRows, int]:
    """What each applicant adds to the sums of ``validity_estimates``, and the number of months.

    Args:
        score: interview scores of all applicants, shape (n,).
        monthly: their monthly performance, NaN where there is none, shape (n, m).
    """
    records = summarise_months(monthly)
    is_rated = ~np.isnan(records.mean)
    x = deviations(score, score.mean())
    rx, ry = x[is_rated], records.mean[is_rated]
    ry = deviations(ry, ry.mean()) if len(ry) else ry
    everybody = np.stack([np.ones_like(x), x, x**2], axis=1)
    rated = np.stack([np.ones_like(rx), rx, rx**2, ry, ry**2, rx * ry], axis=1)
    return PersonRows(everybody, np.hstack([rated, records.sums[is_rated]]), is_rated), records.months


def estimate_validity(score: Floats, monthly: Floats, *, repeats: int, seed: int) -> Validity:
    """The validity estimates with their bootstrap intervals; arguments as in ``person_rows``."""
    rows, months = person_rows(score, monthly)
    found = validity_estimates(rows.totals(), months=months)
    samples = validity_estimates(rows.resampled(repeats=repeats, seed=seed), months=months)
    left_out = validity_estimates(rows.left_out(), months=months)
    figures = {name: float(getattr(found, name)) for name in ValidityEstimates._fields}
    intervals = {
        name: bca_interval(figures[name], getattr(samples, name), getattr(left_out, name))
        for name in ValidityEstimates._fields
    }
    return Validity(**figures, ci95=Intervals(**intervals))
