"""Groups that are too small to be shown, and those by which they could be worked out."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, Protocol, TypeVar

from performance.analytics.minimums import SHOWN


class Counted(Protocol):
    """A row about ``n`` persons."""

    @property
    def n(self) -> int: ...


Row = TypeVar("Row", bound=Counted)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is left of a row that would tell of too few persons."""

    name: str
    suppressed: Literal[True] = True


def hide_small(
    rows: list[Row], *, name_of: Callable[[Row], str], total: int | None = None
) -> list[Row | Hidden]:
    """The rows, and ``Hidden`` for those that may not be shown.

    Rows of one attribute (``attribute:value``) add up, so a single hidden one would be the
    difference: the next smallest is hidden with it. The same holds for everybody else than the
    row's group, where ``total`` says how many there are.

    Args:
        rows: each about some of the persons.
        name_of: what a row is about.
        total: persons of whom each row counts a part.
    """
    found: list[Row | Hidden] = []
    for _, family in groupby(rows, key=lambda row: name_of(row).rpartition(":")[0]):
        members = list(family)
        hidden = {number for number, row in enumerate(members) if _is_small(row.n, total)}
        if len(hidden) == 1 and len(members) > 1:
            shown = [number for number in range(len(members)) if number not in hidden]
            hidden.add(min(shown, key=lambda number: members[number].n))
        found += [Hidden(name_of(row)) if number in hidden else row for number, row in enumerate(members)]
    return found


def _is_small(n: int, total: int | None) -> bool:
    return 0 < n < SHOWN or (total is not None and 0 < total - n < SHOWN)
