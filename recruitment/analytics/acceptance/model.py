"""The estimate as numbers, and what a call is worth by it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from recruitment.analytics.acceptance.behaviour import FEATURES

FORMAT = 1
# By how much a call is taken to move the log-odds of an acceptance, the same for everybody: less than
# three times the odds. Half or twice of it makes much the same order.
CALL = 1.0


class AcceptanceModelUnusable(Exception):
    """The numbers are of another format or of other signs than this portal reads."""


@dataclass(frozen=True, slots=True)
class AcceptanceModel:
    """Weights of standardised signs, then Platt's line over their sum.

    Attributes:
        means, scales: of the signs in training, in the order of ``FEATURES``.
        weights: of the standardised signs.
        intercept: log-odds at the means.
        slope, offset: calibrated log-odds = slope × log-odds + offset.
        base: share of acceptances in training.
    """

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    slope: float
    offset: float
    base: float

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated chance of an acceptance for each row of ``features`` (rows × signs)."""
        probabilities: NDArray[np.float64] = expit(self.slope * self.log_odds(features) + self.offset)
        return probabilities

    def log_odds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Before calibration."""
        z = (features - np.array(self.means)) / np.array(self.scales)
        odds: NDArray[np.float64] = z @ np.array(self.weights) + self.intercept
        return odds

    @property
    def unused(self) -> tuple[str, ...]:
        """Signs that count nothing, because the data show them against their sense or never vary."""
        return tuple(name for name, weight in zip(FEATURES, self.weights, strict=True) if weight == 0)


def as_numbers(model: AcceptanceModel) -> dict[str, Any]:
    """For a JSON column."""
    return {"format": FORMAT, "features": list(FEATURES), **asdict(model)}


def from_numbers(numbers: dict[str, Any]) -> AcceptanceModel:
    """What ``as_numbers`` made.

    Raises:
        AcceptanceModelUnusable: another format, or other signs.
    """
    if numbers.get("format") != FORMAT or numbers.get("features") != list(FEATURES):
        raise AcceptanceModelUnusable("This estimate was made with other signs; train it anew.")
    rows: dict[str, Sequence[float]] = {name: tuple(numbers[name]) for name in ("means", "scales", "weights")}
    single = {name: float(numbers[name]) for name in ("intercept", "slope", "offset", "base")}
    return AcceptanceModel(**rows, **single)  # type: ignore[arg-type]  # the names are those of the fields


def gain_of_call(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much a call raises the chance of an acceptance: σ(logit p + CALL) - p.

    Largest a little below one half and nothing at both ends: who will come anyway and who will not
    are called later than who is undecided. 0 to 0.245.
    """
    bounded = np.clip(probabilities, 1e-9, 1 - 1e-9)
    gain: NDArray[np.float64] = expit(logit(bounded) + CALL) - bounded
    return gain
