"""How much of what is explained each of several correlated predictors contributes."""

import numpy as np

from performance.analytics.arrays import Floats


def relative_weights(predictors: Floats, criterion: Floats) -> Floats:
    """Johnson's relative weights (Johnson 2000, Multivariate Behav. Res. 35, 1-19).

    The predictors are replaced by the closest uncorrelated variables Z, with loadings
    L = Rxx^(1/2). The criterion's regression on Z is b = L⁻¹ rxy, and predictor j contributes
    sum over k of L²jk b²k. The weights add up to R².

    Args:
        predictors: correlations among the predictors, shape (p, p).
        criterion: their correlations with the criterion, shape (p,).

    Raises:
        numpy.linalg.LinAlgError: a predictor is a combination of others.
    """
    values, vectors = np.linalg.eigh(predictors)
    if values.min() <= 1e-10 * values.max():
        raise np.linalg.LinAlgError("The predictors are linearly dependent.")
    loadings = vectors * np.sqrt(values) @ vectors.T
    weights: Floats = loadings**2 @ np.linalg.solve(loadings, criterion) ** 2
    return weights
