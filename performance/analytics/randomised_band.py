"""Whom a randomised band would have admitted: counts only, nobody is drawn.

A small random share of those just below the cut, admitted at random, is the only direct evidence of what the
interview says below the cut-off.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from performance.analytics.arrays import Bools, Floats
from performance.analytics.minimums import SHOWN

# Widths of a band that can be chosen, in points of score.
WIDTHS: Final = range(1, 11)


@dataclass(frozen=True, slots=True)
class Band:
    """How many failed within so many points of the cut-off; None for fewer than ``SHOWN``."""

    points: int
    n: int | None


def just_below_cut(score: Floats, passed: Bools, cut_off: Floats | float) -> list[Band]:
    """The bands of every width.

    Args:
        score: interview scores of all applicants, shape (n,).
        passed: the verdict, shape (n,).
        cut_off: of each applicant's position, shape (n,), or of all.
    """
    if not passed.any():
        return []
    below = (cut_off - score)[~passed]
    counts = {width: int(np.count_nonzero((below > 0) & (below <= width))) for width in WIDTHS}
    return [Band(width, n if n >= SHOWN else None) for width, n in counts.items()]


def admitted_at_random(candidates: int, *, share: float) -> int:
    """How many a lot of this share takes: at least one, so that a declared band is never empty."""
    return ceil(candidates * share - 1e-9) if candidates and share > 0 else 0
