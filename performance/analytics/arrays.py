"""The kinds of arrays and figures that the formulas take and return."""

from math import isfinite, nan
from typing import Annotated, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Integers: TypeAlias = NDArray[np.int64]
Texts: TypeAlias = NDArray[np.str_]
# What is unknown is NaN here, and null in JSON.
Figure = Annotated[float, BeforeValidator(lambda value: nan if value is None else value)]
Interval: TypeAlias = tuple[Figure, Figure]
UNKNOWN: Final[Interval] = (nan, nan)

# Below this share of their size, differences are those of rounding.
ROUNDING = 1e-9
# No score, count or ratio is larger; what is, would overflow in its squares.
LARGEST = 1e12


def is_known(figure: float) -> bool:
    """Whether a figure has a value."""
    return isfinite(figure)


def is_flat(values: Floats) -> bool:
    """Whether the values do not scatter: fewer than two, or no more apart than rounding makes them."""
    return len(values) < 2 or bool(np.ptp(values) <= ROUNDING * max(1.0, float(np.abs(values).max())))


def deviations(values: Floats, centre: Floats | float) -> Floats:
    """``values - centre``, in which what is only rounding is 0."""
    found = values - centre
    size = float(np.abs(values).max(initial=1.0))
    return np.where(np.abs(found) <= ROUNDING * size, 0.0, found)


def known_only(values: Floats) -> Floats:
    """The values with NaN for what is infinite or too large to be one."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(values) <= LARGEST, values, np.nan)
