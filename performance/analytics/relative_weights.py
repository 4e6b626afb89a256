"""How much of what is explained each of several correlated predictors contributes."""

import numpy as np

from performance.analytics.arrays import Floats

# Of the largest eigenvalue: below it a predictor is a combination of others.
DEPENDENT = 1e-10


def relative_weights(predictors: Floats, criterion: Floats) -> Floats:
    """Johnson's relative weights (Johnson 2000, Multivariate Behav. Res. 35, 1-19).

    The predictors are replaced by the closest uncorrelated variables Z, with loadings
    L = Rxx^(1/2). The criterion's regression on Z is b = L⁻¹ rxy, and predictor j contributes
    sum over k of L²jk b²k. The weights add up to R².

    Args:
        predictors: correlations among the predictors, shape (..., p, p).
        criterion: their correlations with the criterion, shape (..., p).

    NaN where a predictor is a combination of others.
    """
    unit = np.eye(predictors.shape[-1])
    known = np.isfinite(predictors.sum(axis=(-2, -1)) + criterion.sum(axis=-1))
    values, vectors = np.linalg.eigh(np.where(known[..., None, None], predictors, unit))
    usable = known & (values.min(axis=-1) > DEPENDENT * values.max(axis=-1))
    roots = np.sqrt(np.where(usable[..., None], values, 1.0))
    loadings = (vectors * roots[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    slopes = np.linalg.solve(loadings, np.where(usable[..., None], criterion, 0.0)[..., None])
    weights: Floats = (loadings**2 @ slopes**2)[..., 0]
    return np.where(usable[..., None], weights, np.nan)
