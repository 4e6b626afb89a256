"""How reliable the mean of repeated monthly records is.

One-way random effects of persons on monthly scores, after each month's own mean is taken out, so
that a good month for everybody is not taken for noise (McGraw & Wong 1996, Psychol. Methods 1,
30-46: consistency; unequal numbers of months as in Searle, Casella & McCulloch 1992, Variance
Components, ch. 3). With complete records it is Cronbach's alpha of the months.
"""

from typing import NamedTuple, TypeVar

import numpy as np

from performance.analytics.arrays import ROUNDING, Floats, deviations

Number = TypeVar("Number", float, Floats)
MEAN_DECIMALS = 9
# Columns of ``month_sums``.
PERSONS, MONTHS, MONTHS_SQUARED, TOTAL, SQUARES, WITHIN, INVERSE = range(7)


class MonthlyRecords(NamedTuple):
    """Monthly scores of persons, one row each.

    Attributes:
        mean: mean of the months that a person has, shape (n,); NaN without any.
        sums: what reliability is made of, one row per person, shape (n, 7).
        months: number of different months.
    """

    mean: Floats
    sums: Floats
    months: int


def spearman_brown(single: Number, length: Number) -> Number:
    """Reliability of a mean of ``length`` parallel measures (Spearman 1910; Brown 1910)."""
    return length * single / (1 + (length - 1) * single)


def summarise_months(scores: Floats) -> MonthlyRecords:
    """Person means, and the sums from which reliability is computed or resampled.

    Args:
        scores: persons by months, NaN where there is no record, shape (n, m).
    """
    known = ~np.isnan(scores)
    number = known.sum(axis=1).astype(np.float64)
    observed = known.any(axis=0)
    filled = np.where(known, scores, 0.0)[:, observed]
    month_means = filled.sum(axis=0) / known[:, observed].sum(axis=0)
    safe = np.maximum(number, 1)
    # Equal months have equal means, however many there are: what a sum rounds is no difference.
    mean = np.where(number > 0, np.round(filled.sum(axis=1) / safe, MEAN_DECIMALS), np.nan)
    centred = np.where(known[:, observed], deviations(filled, month_means), 0.0)
    person = centred.sum(axis=1) / safe
    within = (centred**2).sum(axis=1) - number * person**2
    has = number > 0
    columns = [has, number, number**2, number * person, number * person**2, within, has / safe]
    return MonthlyRecords(mean, np.stack(columns, axis=1).astype(np.float64), int(observed.sum()))


def reliability_of_mean(sums: Floats, *, months: int) -> Floats:
    """Reliability of the person means; NaN where months do not repeat or persons do not differ.

    Args:
        sums: sums of ``MonthlyRecords.sums`` over persons, shape (..., 7).
        months: number of different months, whose means cost degrees of freedom.
    """
    persons, records = sums[..., PERSONS], sums[..., MONTHS]
    with np.errstate(all="ignore"):
        noise = sums[..., WITHIN] / (records - persons - (months - 1))
        between = (sums[..., SQUARES] - sums[..., TOTAL] ** 2 / records) / (persons - 1)
        typical = (records - sums[..., MONTHS_SQUARED] / records) / (persons - 1)
        true = (between - noise) / typical
        harmonic = persons / sums[..., INVERSE]
        found: Floats = spearman_brown(true / (true + noise), harmonic)
        total = (sums[..., SQUARES] + sums[..., WITHIN]) / records
        scatters = (true > ROUNDING * total) & (noise > ROUNDING * total)
        return np.where(scatters & (records - persons >= months), found, np.nan)
