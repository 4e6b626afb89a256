"""Whether scores, or work, have shifted: between seasons, between versions of the interview."""

from dataclasses import dataclass
from math import nan, sqrt

from scipy import stats

from performance.analytics.arrays import ROUNDING, Figure
from performance.analytics.family import detectable

# Cohen's "small" (1988, Statistical Power Analysis, 2nd ed.), and a p that many comparisons survive.
NOTICEABLE, SIGNIFICANT = 0.2, 0.01


@dataclass(frozen=True, slots=True)
class Spread:
    """A season or version in three numbers; ``sd`` has n - 1 below."""

    label: str
    n: int
    mean: Figure
    sd: Figure


@dataclass(frozen=True, slots=True)
class Shift:
    """A spread against the baseline, the first of its list, whose own ``d`` and ``p`` are NaN.

    ``detectable`` is the smallest d that would have been noticed four times in five.
    """

    label: str
    n: int
    mean: Figure
    sd: Figure
    d: Figure = nan
    p: Figure = nan
    detectable: Figure = nan
    shifted: bool = False


def find_shifts(spreads: list[Spread]) -> list[Shift]:
    """Each against the first: standardised difference of means, and Welch's test (1947, Biometrika 34, 28-35)."""
    return [
        _shift(spreads[0], spread) if number else Shift(spread.label, spread.n, spread.mean, spread.sd)
        for number, spread in enumerate(spreads)
    ]


def _shift(baseline: Spread, other: Spread) -> Shift:
    freedom = baseline.n + other.n - 2
    if min(baseline.n, other.n) < 2 or not max(baseline.sd, other.sd) > ROUNDING * max(1.0, abs(other.mean)):
        return Shift(other.label, other.n, other.mean, other.sd)
    pooled = sqrt(((baseline.n - 1) * baseline.sd**2 + (other.n - 1) * other.sd**2) / freedom)
    d = (other.mean - baseline.mean) / pooled
    p = float(
        stats.ttest_ind_from_stats(
            other.mean, other.sd, other.n, baseline.mean, baseline.sd, baseline.n, equal_var=False
        ).pvalue
    )
    least = detectable(sqrt(1 / baseline.n + 1 / other.n), level=SIGNIFICANT)
    return Shift(
        *(other.label, other.n, other.mean, other.sd, d, p),
        detectable=max(NOTICEABLE, least),
        shifted=abs(d) >= NOTICEABLE and p < SIGNIFICANT,
    )
