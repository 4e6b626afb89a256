"""What was promised at hire against what was reached."""

from dataclasses import dataclass

import numpy as np

from performance.analytics.arrays import Floats, Interval
from performance.analytics.proportions import wilson_interval

# Attainment is reached over promised.
REACHED = 1.0


@dataclass(frozen=True, slots=True)
class Attainment:
    """How many of ``n`` persons reached a target, and the median of reached over promised."""

    target: str
    n: int
    reached: int
    share: float
    ci95: Interval
    median: float


def summarise_attainment(target: str, ratios: Floats) -> Attainment | None:
    """Attainment of one target; None where nobody has a value.

    Args:
        target: its code.
        ratios: reached over promised for each person, NaN where unknown, shape (n,).
    """
    known = ratios[~np.isnan(ratios)]
    if not len(known):
        return None
    n, reached = len(known), int((known >= REACHED).sum())
    return Attainment(target, n, reached, reached / n, wilson_interval(reached, n), float(np.median(known)))
