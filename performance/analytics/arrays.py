"""The kinds of arrays that the formulas take and return."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Integers: TypeAlias = NDArray[np.int64]
Texts: TypeAlias = NDArray[np.str_]
Interval: TypeAlias = tuple[float, float]
