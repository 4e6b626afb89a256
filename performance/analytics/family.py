"""One error rate for everything that a season could find, over rules, scopes and looks.

Within one analysis the tests of all rules are one Benjamini-Hochberg family; where nothing is true its
false discovery rate is the chance of any finding at all. The whole bank's analysis spends half of the
rate and its positions share the other half (Bonferroni), so that the chance over all scopes is that of
one look. Looks at months that accumulate repeat nearly the same test; what they add is shown by
``recovery.study_schedule``.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import stats

from performance.analytics.arrays import is_known

# Chance of any finding in a season in which there is none, at one look at all scopes.
ERROR_RATE: Final = 0.05
# Four findings of five of this size are found.
DETECTION_RATE: Final = 0.80
WHOLE: Final = 0.5


def share_of(*, positions: int, is_position: bool) -> float:
    """The part of the error rate that an analysis may spend: of the whole bank, or of one of its positions."""
    return (1 - WHOLE) / max(1, positions) if is_position else WHOLE


def adjusted(families: Sequence[Sequence[float]], *, share: float) -> list[list[float]]:
    """Q of every p, over all rules and for the analysis's share of the error rate; NaN stays NaN.

    Args:
        families: p values of each rule.
        share: as of ``share_of``.
    """
    together = [p for family in families for p in family]
    tested = [number for number, p in enumerate(together) if is_known(p)]
    found = np.full(len(together), np.nan)
    if tested:
        found[tested] = np.minimum(
            1.0, stats.false_discovery_control(np.array([together[number] for number in tested])) / share
        )
    ends = np.cumsum([len(family) for family in families])[:-1]
    return [list(map(float, part)) for part in np.split(found, ends)]


def level_of_one(tests: int, *, share: float) -> float:
    """The p below which one finding among ``tests`` stands by itself."""
    return ERROR_RATE * share / max(1, tests)


def detectable(error: float, *, level: float) -> float:
    """The smallest difference that would have been found with ``DETECTION_RATE``, by its standard error."""
    return float(error * (stats.norm.isf(level / 2) + stats.norm.ppf(DETECTION_RATE)))
