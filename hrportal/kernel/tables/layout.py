"""What a kind of file holds, and what was read of one."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from hrportal.kernel.tables.cells import INVISIBLE, Kind
from hrportal.kernel.tables.errors import RowError

# What a person may say of a heading that is no column: its cells are left out.
LEFT_OUT = "-"


@dataclass(frozen=True, slots=True)
class Column:
    """A column under its name in the template; ``headings`` are what else people call it."""

    name: str
    kind: Kind
    headings: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What a kind of file holds.

    Headings that begin with ``open_prefix`` are columns of numbers under their own names. Other headings
    that no column has refuse the file, or are left out where ``leaves_unknown`` says so. A file without
    any row is refused, unless it ``may_be_empty``.
    """

    columns: tuple[Column, ...]
    most_rows: int
    open_prefix: str = ""
    leaves_unknown: bool = False
    may_be_empty: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in the order of the template."""
        return tuple(column.name for column in self.columns)

    def known(self) -> dict[str, Column]:
        """Columns by each of their headings, as compared."""
        return {
            heading_key(heading): column
            for column in self.columns
            for heading in (column.name, *column.headings)
        }


@dataclass(frozen=True, slots=True)
class Row:
    """Values by column, "" where nothing stands; ``doubtful`` codes may have lost leading zeros."""

    line: int
    values: Mapping[str, object]
    doubtful: frozenset[str] = frozenset()


@dataclass(slots=True)
class ReadTable:
    """What a file holds, in the order of its lines."""

    file: str = ""
    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Headings in the order of the file with the column that each was taken for, "" for those left out.
    headings: dict[str, str] = field(default_factory=dict)


def heading_key(heading: str) -> str:
    """A heading as it is compared: case, width, spaces, hyphens and underscores make no difference."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", heading)).casefold()
    return re.sub(r"[\s_*.:-]+", "", text)


def letters(index: int) -> str:
    """The column as spreadsheets call it: 0 is A."""
    name = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
