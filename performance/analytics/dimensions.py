"""What each interview dimension tells of the work: naive, corrected for selection, relative weight."""

from dataclasses import dataclass

import numpy as np

from performance.analytics.arrays import Floats, Interval
from performance.analytics.bootstrap import bca_interval, left_out_sums, resampled_sums
from performance.analytics.relative_weights import relative_weights
from performance.analytics.restriction import lawley


@dataclass(frozen=True, slots=True)
class Dimension:
    """One dimension; ``relative_share`` is its part of R², of 1."""

    code: str
    n: int
    naive_r: float
    lawley_r: float
    lawley_ci95: Interval
    relative_weight: float
    relative_share: float


@dataclass(frozen=True, slots=True)
class Moments:
    """Covariances among applicants and among the rated, with the criterion last, leading axes free."""

    everybody: Floats
    rated: Floats

    @classmethod
    def of(cls, sums: Floats, width: int) -> "Moments":
        """From sums of ``moment_rows`` over persons, shape (..., 2 * (1 + width + width²))."""
        half = 1 + width + width * width
        return cls(
            everybody=_covariances(sums[..., :half], width)[..., :-1, :-1],
            rated=_covariances(sums[..., half:], width),
        )

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


def moment_rows(dimensions: Floats, performance: Floats) -> Floats:
    """What each applicant adds to the sums of ``Moments``.

    Args:
        dimensions: scores of all applicants, none missing, shape (n, p).
        performance: mean performance, NaN where there is none, shape (n,).
    """
    rated = ~np.isnan(performance)
    y = np.where(rated, performance - performance[rated].mean(), 0.0)
    values = np.concatenate([dimensions - dimensions.mean(axis=0), y[:, None]], axis=1)
    products = (values[:, :, None] * values[:, None, :]).reshape(len(values), -1)
    rows = np.concatenate([np.ones((len(values), 1)), values, products], axis=1)
    return np.concatenate([rows, rows * rated[:, None]], axis=1)


def analyse_dimensions(
    codes: tuple[str, ...], dimensions: Floats, performance: Floats, *, repeats: int, seed: int
) -> list[Dimension]:
    """Every dimension; arguments as in ``moment_rows``.

    Raises:
        numpy.linalg.LinAlgError: a dimension is a combination of others.
    """
    rows = moment_rows(dimensions, performance)
    width = len(codes) + 1
    found = Moments.of(rows.sum(axis=0), width)
    corrected, _ = found.corrected()
    samples, _ = Moments.of(resampled_sums(rows, repeats=repeats, seed=seed), width).corrected()
    left_out, _ = Moments.of(left_out_sums(rows), width).corrected()
    spread = np.sqrt(np.diag(found.everybody))
    weights = relative_weights(found.everybody / np.outer(spread, spread), corrected)
    return [
        Dimension(
            code=code,
            n=int((~np.isnan(performance)).sum()),
            naive_r=float(found.naive()[j]),
            lawley_r=float(corrected[j]),
            lawley_ci95=bca_interval(float(corrected[j]), samples[:, j], left_out[:, j]),
            relative_weight=float(weights[j]),
            relative_share=float(weights[j] / weights.sum()),
        )
        for j, code in enumerate(codes)
    ]


def _covariances(sums: Floats, width: int) -> Floats:
    n = sums[..., :1, None]
    totals = sums[..., 1 : 1 + width]
    products = sums[..., 1 + width :].reshape(*sums.shape[:-1], width, width)
    found: Floats = (products - totals[..., :, None] * totals[..., None, :] / n) / (n - 1)
    return found
