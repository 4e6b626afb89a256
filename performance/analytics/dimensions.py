"""What each interview dimension tells of the work: naive, corrected for selection, relative weight."""

from dataclasses import dataclass
from math import nan

import numpy as np

from performance.analytics.arrays import ROUNDING, UNKNOWN, Figure, Floats, Interval, deviations, is_flat
from performance.analytics.bootstrap import PersonRows, bca_interval, percentile_interval
from performance.analytics.relative_weights import relative_weights
from performance.analytics.restriction import lawley

# Smallest eigenvalue of the correlations: 1 where nothing correlates, 0 where one says what others say.
LEAST_INDEPENDENT = 1e-6


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension; ``relative_share`` is its part of R², of 1, with ``share_ci95``."""

    code: str
    n: int
    naive_r: Figure = nan
    lawley_r: Figure = nan
    lawley_ci95: Interval = UNKNOWN
    relative_weight: Figure = nan
    relative_share: Figure = nan
    share_ci95: Interval = UNKNOWN


@dataclass(frozen=True, slots=True)
class Moments:
    """Covariances among applicants and among the rated, with the criterion last, leading axes free."""

    everybody: Floats
    rated: Floats

    @classmethod
    def of(cls, sums: Floats, count: int) -> "Moments":
        """From sums of ``moment_rows`` of ``count`` dimensions, the columns last."""
        split = _columns(count)
        return cls(_covariances(sums[..., :split], count), _covariances(sums[..., split:], count + 1))

    def naive(self) -> Floats:
        """Correlation of each dimension with the criterion among the rated, shape (..., p)."""
        spread = np.sqrt(np.diagonal(self.rated, axis1=-2, axis2=-1))
        found: Floats = self.rated[..., :-1, -1] / (spread[..., :-1] * spread[..., -1:])
        return found

    def corrected(self) -> tuple[Floats, Floats]:
        """Correlations with the criterion without selection, (..., p), and its variance, (...)."""
        free = lawley(
            selected_xx=self.rated[..., :-1, :-1],
            selected_xy=self.rated[..., :-1, -1],
            selected_yy=self.rated[..., -1, -1],
            all_xx=self.everybody,
        )
        spread = np.sqrt(np.diagonal(self.everybody, axis1=-2, axis2=-1))
        return free.with_y / (spread * np.sqrt(free.of_y)[..., None]), free.of_y

    def weights(self, corrected: Floats) -> Floats:
        """Johnson's relative weights of the corrected correlations, shape (..., p)."""
        spread = np.sqrt(np.diagonal(self.everybody, axis1=-2, axis2=-1))
        return relative_weights(self.everybody / (spread[..., :, None] * spread[..., None, :]), corrected)


def are_independent(dimensions: Floats) -> bool:
    """Whether no dimension is, or nearly is, a combination of others or the same for everybody."""
    if len(dimensions) <= dimensions.shape[1] or any(map(is_flat, dimensions.T)):
        return False
    correlations = np.corrcoef(dimensions, rowvar=False).reshape(dimensions.shape[1], -1)
    return bool(np.linalg.eigvalsh(correlations).min() > LEAST_INDEPENDENT)


def moment_rows(dimensions: Floats, performance: Floats) -> PersonRows:
    """What each applicant adds to the sums of ``Moments``.

    Args:
        dimensions: scores of all applicants, none missing, shape (n, p).
        performance: mean performance, NaN where there is none, shape (n,).
    """
    is_rated = ~np.isnan(performance)
    centred = deviations(dimensions, dimensions.mean(axis=0))
    work = deviations(performance[is_rated], performance[is_rated].mean())
    return PersonRows(_products(centred), _products(np.column_stack([centred[is_rated], work])), is_rated)


def analyse_dimensions(
    codes: tuple[str, ...], dimensions: Floats, performance: Floats, *, repeats: int, seed: int
) -> list[Dimension]:
    """Every dimension, where ``are_independent`` holds among all and the rated; arguments as in ``moment_rows``."""
    rows = moment_rows(dimensions, performance)
    count = len(codes)
    found = Moments.of(rows.totals(), count)
    corrected, _ = found.corrected()
    drawn = Moments.of(rows.resampled(repeats=repeats, seed=seed), count)
    samples, _ = drawn.corrected()
    left_out, _ = Moments.of(rows.left_out(), count).corrected()
    weights, shares = found.weights(corrected), drawn.weights(samples)
    shares /= shares.sum(axis=-1, keepdims=True)
    return [
        Dimension(
            code=code,
            n=len(rows.rated),
            naive_r=float(found.naive()[j]),
            lawley_r=float(corrected[j]),
            lawley_ci95=bca_interval(float(corrected[j]), samples[:, j], left_out[:, j]),
            relative_weight=float(weights[j]),
            relative_share=float(weights[j] / weights.sum()),
            share_ci95=percentile_interval(shares[:, j]),
        )
        for j, code in enumerate(codes)
    ]


def _columns(width: int) -> int:
    return 1 + width + width * (width + 1) // 2


def _products(values: Floats) -> Floats:
    """1, the values, and the products of every two of them once."""
    first, second = np.triu_indices(values.shape[1])
    return np.column_stack([np.ones(len(values)), values, values[:, first] * values[:, second]])


def _covariances(sums: Floats, width: int) -> Floats:
    n, totals = sums[..., :1, None], sums[..., 1 : 1 + width]
    first, second = np.triu_indices(width)
    products = np.empty((*sums.shape[:-1], width, width))
    products[..., first, second] = products[..., second, first] = sums[..., 1 + width :]
    found: Floats = (products - totals[..., :, None] * totals[..., None, :] / n) / (n - 1)
    # What is left of the squares by rounding is no variance.
    scatters = found > ROUNDING * products / n
    either = np.eye(width, dtype=bool)
    return np.where(either & ~scatters, np.nan, found)
