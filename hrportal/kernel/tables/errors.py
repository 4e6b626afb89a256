"""What is wrong in a file: the place, and what to write instead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong in one row, and what to write instead.

    ``line`` counts from 1, 0 is the whole file. ``value`` is what stands there, for whoever sent the file
    only: it may be of a person, so ``str()`` leaves it out. ``can_stand``: nothing is wrong in itself, but
    it speaks against what is held; ``value`` then has both sides masked, and a person may say it is right.
    """

    line: int
    field: str
    message: str
    file: str = ""
    value: str = ""
    can_stand: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file else str(self.line)
        return f"{place}: {self.field}: {self.message}"


def ticked_lines(values: Iterable[str]) -> frozenset[int]:
    """The lines that a person ticked on a page as right, as they come from its form."""
    return frozenset(int(value) for value in values if re.fullmatch(r"[1-9][0-9]{0,6}", value))


class FileRefused(Exception):
    """Nothing of the file can be read; ``error`` says why and what to do.

    ``headings`` are those that no column has: a person may say which column each of them is.
    """

    def __init__(self, error: RowError, *, headings: tuple[str, ...] = ()) -> None:
        super().__init__(str(error))
        self.error, self.headings = error, headings
