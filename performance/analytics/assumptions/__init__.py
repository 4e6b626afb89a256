"""What a validity estimate takes for granted, checked on the data at hand.

Each check is a pure function with its own figure, its limit and what follows when it fails.
"""

from performance.analytics.assumptions.check import Check, Consequence
from performance.analytics.assumptions.checking import check_assumptions

__all__ = ["Check", "Consequence", "check_assumptions"]
