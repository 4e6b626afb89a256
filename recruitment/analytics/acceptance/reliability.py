"""How far chances that were given agree with what happened."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import binomtest

from recruitment.analytics.acceptance.fitting import Numbers, logistic

MOST_BINS = 10
# A bin of fewer has an interval too wide to say anything, and might speak of single people.
LEAST_IN_BIN = 25
# Standard errors that luck passes in one of twenty samples without any skill.
SURE = 1.645
# In log-odds; nothing that has both outcomes is further off.
MOST_OFF = 50.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Examples of similar chances: their mean chance, the share that accepted, its 95% interval."""

    n: int
    given: float
    happened: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of chances given to examples that their model had not seen.

    Attributes:
        brier: mean squared distance of chance and outcome; 0 is perfect.
        brier_of_base: the same if everybody were given the common share.
        gain_error: standard error of the difference of the two.
        log_loss: mean negative logarithm of the chance of what happened.
        slope: of outcomes on the log-odds given; below 1 the chances are too extreme.
        intercept: what is missing in log-odds over all; below 0 the chances are too high.
    """

    n: int
    n_accepted: int
    brier: float
    brier_of_base: float
    gain_error: float
    log_loss: float
    slope: float
    intercept: float
    bins: tuple[Bin, ...]

    @property
    def is_informative(self) -> bool:
        """Better than giving everybody the same chance, by more than luck."""
        return self.brier_of_base - self.brier > SURE * self.gain_error


def brier(probabilities: Numbers, accepted: NDArray[np.bool_]) -> float:
    """Mean squared distance. Source: Brier, G. W. (1950), Monthly Weather Review, 78(1)."""
    return float(np.mean((probabilities - accepted) ** 2))


def reliability(probabilities: Numbers, accepted: NDArray[np.bool_]) -> Reliability:
    """Figures and curve; ``probabilities`` strictly between 0 and 1, both outcomes present.

    Source of slope and intercept: Cox, D. R. (1958), Two further applications of a model for binary
    regression, Biometrika, 45; Van Calster, B. et al. (2016), A calibration hierarchy for risk models,
    Journal of Clinical Epidemiology, 74. Intervals of the curve: Wilson, E. B. (1927).
    """
    given, outcome = logit(probabilities), accepted.astype(float)
    gains = (outcome.mean() - outcome) ** 2 - (probabilities - outcome) ** 2
    _level, slope = logistic(given[:, None], outcome, penalty=0.0, senses=[0])
    return Reliability(
        n=len(accepted),
        n_accepted=int(accepted.sum()),
        brier=brier(probabilities, accepted),
        brier_of_base=brier(np.full(len(accepted), outcome.mean()), accepted),
        gain_error=float(gains.std(ddof=1) / np.sqrt(len(accepted))),
        log_loss=float(-np.mean(np.log(np.where(accepted, probabilities, 1 - probabilities)))),
        slope=float(slope),
        intercept=_intercept(given, outcome),
        bins=tuple(
            _bin(probabilities[rows], accepted[rows])
            for rows in np.array_split(np.argsort(probabilities, kind="stable"), _bins(len(accepted)))
        ),
    )


def figures_of(found: Reliability) -> dict[str, Any]:
    """For a JSON column."""
    return asdict(found)


def reliability_of(figures: dict[str, Any]) -> Reliability:
    """What ``figures_of`` made."""
    return Reliability(**figures | {"bins": tuple(Bin(**row) for row in figures["bins"])})


def _bins(n: int) -> int:
    return max(1, min(MOST_BINS, n // LEAST_IN_BIN))


def _bin(probabilities: Numbers, accepted: NDArray[np.bool_]) -> Bin:
    yes, n = int(accepted.sum()), len(accepted)
    interval = binomtest(yes, n).proportion_ci(method="wilson")
    return Bin(
        n=n,
        given=float(probabilities.mean()),
        happened=yes / n,
        low=float(interval.low),
        high=float(interval.high),
    )


def _intercept(given: Numbers, outcome: Numbers) -> float:
    """The level that makes the sum of all chances right, the slope held at 1."""
    return float(brentq(lambda level: np.sum(expit(given + level) - outcome), -MOST_OFF, MOST_OFF))
