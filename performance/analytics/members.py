"""Who belongs to which of the groups that are compared."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from performance.analytics.arrays import Bools, Texts

YES, NO = "yes", "no"


class Membership(NamedTuple):
    """One value of one attribute: ``known`` are the persons who have the attribute at all."""

    name: str
    known: Bools
    member: Bools


def memberships(attributes: dict[str, Texts]) -> Iterator[Membership]:
    """Every value of every attribute; where it is yes or no, one of them says it all.

    Args:
        attributes: name to values, "" where unknown, each of shape (n,).
    """
    for name, values in attributes.items():
        for value in np.unique(values[values != ""]).tolist():
            if value != NO:
                yield Membership(name if value == YES else f"{name}:{value}", values != "", values == value)
