"""How a season's hires work, in figures of their own kind, beside the season before.

Each figure comes with an interval that fits it: Student's for means, the exact one of Garwood (1936)
for complaints, which are counts against an exposure, and Wilson's for the share who reached their
targets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan
from typing import Final

import numpy as np
from scipy import stats

from performance.analytics.arrays import Floats, Interval, is_flat
from performance.analytics.attainment import REACHED
from performance.analytics.cohort import Cohort
from performance.analytics.minimums import SHOWN
from performance.analytics.proportions import wilson_interval
from performance.enums import Outcome

PER: Final = 10_000


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome of ``n`` persons, with the value of the season before.

    ``value`` is a score from 0 to 100, complaints per ``PER`` transactions, or a share of 1.
    ``events`` and ``exposure`` are the complaints and transactions of a rate. Below ``SHOWN``
    persons everything is hidden (``suppressed``); without any, ``n`` is 0 and the rest unknown.
    """

    code: str
    n: int | None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    events: int | None = None
    exposure: int | None = None
    suppressed: bool = False
    before: float | None = None
    before_n: int | None = None
    before_low: float | None = None
    before_high: float | None = None
    before_season: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An outcome of an earlier season."""

    season: str
    row: OutcomeRow


def poisson_interval(events: int, *, level: float = 0.95) -> Interval:
    """Exact interval of a Poisson mean by its count (Garwood 1936, Biometrika 28, 437-442)."""
    tail = (1 - level) / 2
    low = float(stats.chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    return low, float(stats.chi2.ppf(1 - tail, 2 * events + 2)) / 2


def mean_interval(values: Floats, *, level: float = 0.95) -> Interval:
    """Interval of a mean (Student 1908, Biometrika 6, 1-25); NaN of values that do not scatter."""
    n = len(values)
    if is_flat(values):
        return nan, nan
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * float(values.std(ddof=1)) / n**0.5
    mean = float(values.mean())
    return mean - half, mean + half


def measure_outcomes(cohort: Cohort, work: Floats, *, before: Mapping[str, Earlier]) -> list[OutcomeRow]:
    """The outcomes of everybody hired, in the order of ``Outcome``.

    Args:
        cohort: one season at one place; complaints and transactions are pooled over all its hires,
            so that who serves more customers counts more.
        work: mean monthly score for each row of the cohort, NaN without one.
        before: the rows of the season before by code.
    """
    hired = cohort.hired
    unknown = np.full(len(cohort), np.nan)
    measures = {
        name: cohort.measures.get(name, unknown)[hired]
        for name in ("complaints", "transactions", "project_completion")
    }
    rows = [
        _mean(Outcome.SCORE, work[hired], lowest=0, highest=100),
        _rate(measures["complaints"], measures["transactions"]),
        _mean(Outcome.PROJECT_COMPLETION, measures["project_completion"], lowest=0, highest=1),
        _share(cohort.attainment[hired]),
    ]
    return [_beside(row, before[row.code]) if row.code in before else row for row in rows]


def _mean(code: Outcome, values: Floats, *, lowest: float, highest: float) -> OutcomeRow:
    known = values[~np.isnan(values)]
    if len(known) < SHOWN:
        return _too_few(code, len(known))
    low, high = mean_interval(known)
    low, high = (float(np.clip(bound, lowest, highest)) for bound in (low, high))
    return OutcomeRow(code.value, len(known), float(known.mean()), low, high)


def _rate(complaints: Floats, transactions: Floats) -> OutcomeRow:
    known = ~np.isnan(complaints) & (transactions > 0)
    n = int(known.sum())
    if n < SHOWN:
        return _too_few(Outcome.COMPLAINT_RATE, n)
    events, exposure = int(complaints[known].sum()), int(transactions[known].sum())
    low, high = (bound * PER / exposure for bound in poisson_interval(events))
    return OutcomeRow(
        Outcome.COMPLAINT_RATE.value, n, events * PER / exposure, low, high, events=events, exposure=exposure
    )


def _share(attainment: Floats) -> OutcomeRow:
    known = attainment[~np.isnan(attainment)]
    n, reached = len(known), int((known >= REACHED).sum())
    if n < SHOWN:
        return _too_few(Outcome.TARGET_ATTAINMENT, n)
    return OutcomeRow(Outcome.TARGET_ATTAINMENT.value, n, reached / n, *wilson_interval(reached, n))


def _too_few(code: Outcome, n: int) -> OutcomeRow:
    return OutcomeRow(code.value, None if n else 0, suppressed=n > 0)


def _beside(row: OutcomeRow, before: Earlier) -> OutcomeRow:
    return replace(
        row,
        before=before.row.value,
        before_n=before.row.n,
        before_low=before.row.low,
        before_high=before.row.high,
        before_season=before.season,
    )
