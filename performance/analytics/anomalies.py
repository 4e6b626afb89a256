"""High score, poor work: how many there are beside how many chance alone makes.

With a validity of .45 some of the best interviews must belong to poor workers; only a number above
the expected interval says that something else is going on.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from performance.analytics.arrays import Floats
from performance.analytics.groups import fit_line

HIGH_SCORE: Final = 90.0
POOR_PERFORMANCE: Final = 70.0
# Draws of the model's parameters and of the persons' work.
DRAWS = 4_000


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Persons with score ≥ 90 and performance ≤ 70.

    Attributes:
        observed: how many there are.
        expected: how many the bivariate normal model expects.
        low: lower end of the 95% prediction interval of their number.
        high: upper end.
        considered: persons with score ≥ 90.
    """

    observed: int
    expected: float
    low: int
    high: int
    considered: int

    @property
    def is_outside(self) -> bool:
        """Whether chance does not explain their number."""
        return not self.low <= self.observed <= self.high


def poor_probabilities(x: Floats, *, slope: float, intercept: float, residual: float) -> Floats:
    """P(performance ≤ 70 | score) where performance given score is normal about the line."""
    found: Floats = stats.norm.cdf((POOR_PERFORMANCE - intercept - slope * x) / residual)
    return found


def count_anomalies(x: Floats, y: Floats, *, seed: int) -> Anomalies | None:
    """Observed and expected number; the interval holds chance and the model's own uncertainty.

    None where scores or work do not scatter, so that no chance can be told.

    Parameters are drawn from their posterior under the usual flat prior (Gelman et al. 2013,
    Bayesian Data Analysis, 3rd ed., 14.2), then each person's work from the model.

    Args:
        x: interview scores of hired persons with records, shape (n,); at least 4 of them.
        y: their mean performance, shape (n,).
        seed: of the draws.
    """
    generator = np.random.default_rng(seed)
    high = x[x >= HIGH_SCORE]
    line = fit_line(x, y)
    if not line.residual > 0:
        return None
    centre, n = x.mean(), len(x)
    residual = line.residual * np.sqrt((n - 2) / generator.chisquare(n - 2, size=DRAWS))
    level = line.intercept + line.slope * centre + generator.standard_normal(DRAWS) * residual / np.sqrt(n)
    spread = np.sqrt(((x - centre) ** 2).sum())
    slope = line.slope + generator.standard_normal(DRAWS) * residual / spread
    counts = np.zeros(DRAWS, dtype=np.int64)
    for person in high:
        limit = (POOR_PERFORMANCE - level - slope * (person - centre)) / residual
        counts += generator.standard_normal(DRAWS) <= limit
    ends = np.quantile(counts, [0.025, 0.975], method="inverted_cdf")
    expected = poor_probabilities(high, slope=line.slope, intercept=line.intercept, residual=line.residual)
    return Anomalies(
        observed=int(((x >= HIGH_SCORE) & (y <= POOR_PERFORMANCE)).sum()),
        expected=float(expected.sum()),
        low=int(ends[0]),
        high=int(ends[1]),
        considered=len(high),
    )
