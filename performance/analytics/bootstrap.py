"""Bootstrap intervals of whatever is a function of sums over persons.

Applicants are resampled together with what became of them, so that one sample carries the
uncertainty of the applicants' spread, of the hired and of their records alike. Every figure of the validity estimates is a function of sums, so a sample costs one matrix product and the jackknife nothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from performance.analytics.arrays import Bools, Floats, Interval, deviations

REPEATS = 1_000
SEED = 20_240_229
# Applicants drawn at a time, over all samples: 25 MB of numbers.
AT_A_TIME = 3_000_000
GROUPS = 2_000
# Fewer samples have no tails.
FEWEST = 100


@dataclass(frozen=True, slots=True)
class PersonRows:
    """What each applicant adds to the sums; most were not hired, and their zeros are not multiplied.

    Attributes:
        everybody: columns that every applicant adds to, shape (n, a).
        rated: further columns of the hired with records, one row each, shape (h, b).
        is_rated: which applicants these are, shape (n,), h of them true.
    """

    everybody: Floats
    rated: Floats
    is_rated: Bools

    def totals(self) -> Floats:
        """Column sums over everybody, shape (a + b,)."""
        return np.concatenate([self.everybody.sum(axis=0), self.rated.sum(axis=0)])

    def resampled(self, *, repeats: int, seed: int) -> Floats:
        """Column sums of samples of applicants with replacement, shape (repeats, a + b)."""
        generator = np.random.default_rng(seed)
        n, columns = self.everybody.shape
        sums = np.empty((repeats, columns + self.rated.shape[1]))
        block = max(1, AT_A_TIME // n)
        for start in range(0, repeats, block):
            size = min(block, repeats - start)
            # Row r of the samples counts in the r-th n places of one long array.
            drawn = generator.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
            counts = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)
            sums[start : start + size, :columns] = counts @ self.everybody
            sums[start : start + size, columns:] = counts[:, self.is_rated] @ self.rated
        return sums

    def left_out(self) -> Floats:
        """Column sums without each applicant in turn: the jackknife, shape (min(n, GROUPS), a + b).

        More applicants than ``GROUPS`` are left out in that many groups of equal size (Shao & Tu
        1995, The Jackknife and Bootstrap, 2.3).
        """
        n = len(self.everybody)
        padded = np.zeros((n, self.rated.shape[1]))
        padded[self.is_rated] = self.rated
        starts = np.linspace(0, n, min(n, GROUPS), endpoint=False, dtype=int)
        groups = [np.add.reduceat(columns, starts) for columns in (self.everybody, padded)]
        left_out: Floats = self.totals() - np.concatenate(groups, axis=1)
        return left_out


def bca_interval(estimate: float, samples: Floats, left_out: Floats, *, level: float = 0.95) -> Interval:
    """Bias-corrected and accelerated interval (Efron 1987, J. Am. Stat. Assoc. 82, 171-185).

    Args:
        estimate: the figure itself.
        samples: the figure in each bootstrap sample; NaN where it has no value.
        left_out: the figure without each person, or each small group, in turn.
        level: probability that the interval is to hold.
    """
    samples = samples[np.isfinite(samples)]
    left_out = left_out[np.isfinite(left_out)]
    if not np.isfinite(estimate) or len(samples) < FEWEST:
        return np.nan, np.nan
    below = np.clip((samples < estimate).mean(), 1 / len(samples), 1 - 1 / len(samples))
    bias = stats.norm.ppf(below)
    apart = deviations(left_out, left_out.mean()) if len(left_out) else left_out
    spread = (apart**2).sum() ** 1.5
    acceleration = (apart**3).sum() / (6 * spread) if spread else 0.0
    normal = stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    moved = bias + (bias + normal) / (1 - acceleration * (bias + normal))
    if not np.isfinite(moved).all():
        return np.nan, np.nan
    low, high = np.quantile(samples, stats.norm.cdf(moved))
    return float(low), float(high)


def percentile_interval(samples: Floats, *, level: float = 0.95) -> Interval:
    """The middle of the samples, of a figure that cannot leave its bounds; unknown from fewer than 100."""
    samples = samples[np.isfinite(samples)]
    if len(samples) < FEWEST:
        return np.nan, np.nan
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
