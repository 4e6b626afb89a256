"""Undoing what selection and criterion unreliability do to a correlation.

Order matters. Reliability is known among the hired, so the criterion's unreliability is corrected
first, in the same restricted group, and range restriction second (Sackett & Yang 2000, J. Appl.
Psychol. 85, 112-118; Hunter, Schmidt & Le 2006, J. Appl. Psychol. 91, 594-612).
"""

from typing import NamedTuple, TypeVar

import numpy as np

from performance.analytics.arrays import Floats

Number = TypeVar("Number", float, Floats)
# Of correlations; smaller ones are rounding, and a solution made of them is noise.
LEAST_EIGENVALUE = 1e-10


class Lawley(NamedTuple):
    """What the covariances would be without selection, per sample in the leading axes.

    Attributes:
        with_y: covariance of each selection variable with the criterion, shape (..., p).
        of_y: variance of the criterion, shape (...).
    """

    with_y: Floats
    of_y: Floats


def thorndike_case_ii(r: Number, u: Number) -> Number:
    """Correlation in the unselected group (Thorndike 1949, Personnel Selection, case II).

    R = (r / u) / sqrt(1 - r² + r² / u²).

    Args:
        r: correlation in the selected group, selected directly on the predictor.
        u: standard deviation of the predictor, selected over unselected.
    """
    scaled: Number = r / u
    corrected: Number = scaled / (1 - r**2 + scaled**2) ** 0.5
    return corrected


def disattenuated(r: Number, reliability: Number) -> Number:
    """Correlation with the criterion's true score (Spearman 1904): r / sqrt(reliability of y)."""
    corrected: Number = r / reliability**0.5
    return corrected


def fully_corrected(r: Number, *, u: Number, reliability: Number) -> Number:
    """Operational validity: unreliability first, range restriction second; see the module."""
    return thorndike_case_ii(disattenuated(r, reliability), u)


def lawley(*, selected_xx: Floats, selected_xy: Floats, selected_yy: Floats, all_xx: Floats) -> Lawley:
    """Multivariate correction (Lawley 1943, Proc. Royal Soc. Edinburgh 62A, 28-30).

    Selection acted on some function of the variables x. The regression of y on x and its residual
    variance are the same with and without selection, so with B = Vxx⁻¹ Vxy among the selected:
    Sxy = Sxx B and Syy = Vyy + B' (Sxx - Vxx) B.

    Args:
        selected_xx: covariances of x among the selected, shape (..., p, p).
        selected_xy: covariances of x with y among the selected, shape (..., p).
        selected_yy: variance of y among the selected, shape (...).
        all_xx: covariances of x among all, shape (..., p, p).

    NaN in samples in which a variable of x is the same for everybody or a combination of others.
    """
    slopes = _solved(selected_xx, selected_xy[..., None])
    with_y = (all_xx @ slopes)[..., 0]
    gained = np.swapaxes(slopes, -1, -2) @ (all_xx - selected_xx) @ slopes
    return Lawley(with_y=with_y, of_y=selected_yy + gained[..., 0, 0])


def _solved(matrix: Floats, right: Floats) -> Floats:
    """The solution for each covariance matrix of a stack, NaN where it has none that rounding leaves alone."""
    spread = np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1))
    with np.errstate(all="ignore"):
        correlations = matrix / (spread[..., :, None] * spread[..., None, :])
    unit = np.eye(matrix.shape[-1])
    known = np.isfinite(correlations).all(axis=(-2, -1))
    least = np.linalg.eigvalsh(np.where(known[..., None, None], correlations, unit)).min(axis=-1)
    usable = (known & (least > LEAST_EIGENVALUE))[..., None, None]
    return np.where(usable, np.linalg.solve(np.where(usable, matrix, unit), right), np.nan)
