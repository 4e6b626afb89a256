"""Below how many persons a panel says nothing but how many more are needed.

The numbers are conventions, not laws: at 50 pairs the 95% interval of a correlation of .3 still
goes from .02 to .53 (Schmidt, Hunter & Urry 1976, J. Appl. Psychol. 61, 473-485, on how large a
validation study must be); regression weights need several times as many (Dorans & Drasgow 1978,
Organ. Behav. Hum. Perform. 21, 316-345: below that, unit weights predict as well).
"""

from enum import IntEnum


class Minimum(IntEnum):
    """Hired persons with performance records, unless it says otherwise."""

    VALIDITY = 50
    DIMENSIONS = 100
    GROUP = 30
    ANOMALIES = 50
    UNIT = 10
    WEIGHTS_SUGGESTED = 251
    WEIGHTS_RECOMMENDED = 500
    # Applicants of a group, for the impact ratio (Uniform Guidelines 1978, 29 CFR 1607.4 D, on small numbers).
    FAIRNESS = 30


# Groups below are not shown at all: a figure about four persons is a figure about each of them.
SHOWN = 5


def more_needed(minimum: Minimum, n: int) -> int:
    """How many more persons; 0 when there are enough."""
    return max(0, minimum - n)
