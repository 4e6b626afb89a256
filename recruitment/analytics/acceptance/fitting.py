"""Fitting the estimate, and predicting each example by a model that never saw it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from recruitment.analytics.acceptance.behaviour import FEATURES
from recruitment.analytics.acceptance.model import AcceptanceModel

Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]

# Ten of the rarer outcome for each sign (Peduzzi et al., 1996, Journal of Clinical Epidemiology, 49(12)).
LEAST_EACH = 10 * len(FEATURES)
# Of ½·PENALTY·|w|² over standardised signs, as scikit-learn's C = 1.
PENALTY = 1.0
FOLDS, INNER_FOLDS = 10, 5
SEED = 20260701


@dataclass(frozen=True, slots=True)
class Fit:
    """The model of all examples, and the chance of each by models that did not see it."""

    model: AcceptanceModel
    out_of_fold: Numbers


def fit(features: Numbers, accepted: NDArray[np.bool_]) -> Fit:
    """Fit and calibrate; everything that chooses a number of a fold's prediction stays outside that fold.

    Platt's line and not isotonic regression: it has two numbers, which a few hundred examples can
    carry, keeps the order, and is right where log-odds are off by a slope and a level; isotonic
    regression overfits below about a thousand.

    Source: Platt, J. (1999), Probabilistic outputs for support vector machines; Niculescu-Mizil, A. &
    Caruana, R. (2005), Predicting good probabilities with supervised learning, ICML.

    Args:
        features: examples × signs.
        accepted: whether each accepted; both kinds must occur in every fold.
    """
    # On columns this short the threads of the linear algebra only wait for each other.
    with threadpool_limits(1, user_api="blas"):
        out_of_fold = np.empty(len(accepted))
        for kept, left_out in folds(accepted, FOLDS):
            out_of_fold[left_out] = calibrated(features[kept], accepted[kept]).probabilities(
                features[left_out]
            )
        return Fit(calibrated(features, accepted), out_of_fold)


def calibrated(features: Numbers, accepted: NDArray[np.bool_]) -> AcceptanceModel:
    """Weights from all rows; the line over them from rows that the weights at hand had not seen."""
    log_odds = np.empty(len(accepted))
    for kept, left_out in folds(accepted, INNER_FOLDS):
        log_odds[left_out] = _weighed(features[kept], accepted[kept]).log_odds(features[left_out])
    slope, offset = platt(log_odds, accepted)
    weighed = _weighed(features, accepted)
    return AcceptanceModel(
        means=weighed.means,
        scales=weighed.scales,
        weights=weighed.weights,
        intercept=weighed.intercept,
        slope=slope,
        offset=offset,
        base=float(np.mean(accepted)),
    )


def platt(log_odds: Numbers, accepted: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope (not below 0) and offset of the line; Platt's targets keep it finite where the kinds part."""
    yes, no = int(accepted.sum()), int((~accepted).sum())
    targets = np.where(accepted, (yes + 1) / (yes + 2), 1 / (no + 2))
    offset, slope = logistic(log_odds[:, None], targets, penalty=0.0, senses=[1])
    return float(slope), float(offset)


def logistic(columns: Numbers, wanted: Numbers, *, penalty: float, senses: list[int]) -> Numbers:
    """Intercept and weights that minimise log loss plus ½·penalty·|w|², each weight on its side of 0.

    Args:
        columns: rows × columns, of about the same scale.
        wanted: 0 to 1 for each row.
        penalty: of the weights, not of the intercept; 0 for none.
        senses: +1, -1 or 0 (either side) for each column.
    """

    def loss(at: Numbers) -> tuple[float, Numbers]:
        odds = columns @ at[1:] + at[0]
        wrong = expit(odds) - wanted
        value = np.sum(np.logaddexp(0, odds) - wanted * odds) + penalty * at[1:] @ at[1:] / 2
        slope = np.concatenate([[wrong.sum()], columns.T @ wrong + penalty * at[1:]])
        return float(value), slope

    sides = {1: (0.0, None), -1: (None, 0.0), 0: (None, None)}
    found: Numbers = minimize(
        loss,
        np.zeros(columns.shape[1] + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None), *(sides[sense] for sense in senses)],
        options={"maxiter": 1000, "ftol": 1e-12, "gtol": 1e-8},
    ).x
    return found


def folds(accepted: NDArray[np.bool_], number: int) -> list[tuple[Rows, Rows]]:
    """(kept, left out) rows: both kinds dealt evenly over the folds, the same ones every time."""
    random = np.random.default_rng(SEED)
    fold = np.empty(len(accepted), dtype=np.intp)
    for kind in (accepted, ~accepted):
        rows = random.permutation(np.flatnonzero(kind))
        fold[rows] = np.arange(len(rows)) % number
    return [(np.flatnonzero(fold != at), np.flatnonzero(fold == at)) for at in range(number)]


def _weighed(features: Numbers, accepted: NDArray[np.bool_]) -> AcceptanceModel:
    means, spread = features.mean(axis=0), features.std(axis=0)
    # A sign that never varies counts nothing, whatever its scale.
    scales = np.where(spread > 0, spread, 1.0)
    z = (features - means) / scales
    intercept, *weights = logistic(z, accepted.astype(float), penalty=PENALTY, senses=list(FEATURES.values()))
    return AcceptanceModel(
        means=tuple(map(float, means)),
        scales=tuple(map(float, scales)),
        weights=tuple(map(float, weights)),
        intercept=float(intercept),
        slope=1.0,
        offset=0.0,
        base=float(np.mean(accepted)),
    )
