"""What a panel is made of. A drawing never stands without its table and its sentence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Any, Final

from django.utils.translation import gettext as _

from hrportal.kernel.tables.writing import Cell
from performance.analytics.arrays import UNKNOWN, Interval, is_known

# A row whose figures are not shown because it counts fewer than five persons, or would tell of such a row.
HIDDEN: Final = "hidden"
# What ``frontend/src/scripts/charts`` draws, with every word in the reader's language.
Chart = Mapping[str, object]
NOTHING: Final = "–"
MINUS: Final = "\u2212"
LEAST_P: Final = 0.001
FILE_DECIMALS: Final = 6
# Columns that fit beside a drawing.
NARROW: Final = 4
DIGITS: Final = {"r": 2, "weight": 3, "slope": 3, "points": 1, "hours": 1, "ratio": 2}
INTERVALS: Final = {
    "interval": "r",
    "interval_count": "count",
    "interval_percent": "percent",
    "interval_points": "points",
    "interval_ratio": "ratio",
    "interval_slope": "slope",
    "interval_weight": "weight",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``kind`` says how its values are written: text, long text, count, p, percent, or a key above."""

    label: str
    kind: str = "count"

    @property
    def is_text(self) -> bool:
        """Whether it is read from the left."""
        return self.kind in ("text", "long")

    @property
    def is_long(self) -> bool:
        """Whether its text needs more than one line."""
        return self.kind == "long"


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a drawing, as values; ``lines`` writes them for the page, ``cells`` for a file."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    note: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether a phone shows its rows as cards."""
        return len(self.columns) > NARROW

    @property
    def lines(self) -> list[list[tuple[Column, str]]]:
        """Every cell as the page shows it."""
        return [
            [(column, shown(column.kind, value)) for column, value in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]

    @property
    def header(self) -> list[Cell]:
        """The heads of a file: an interval has two columns there."""
        return [name for column in self.columns for name in _heads(column)]

    @property
    def cells(self) -> list[list[Cell]]:
        """Every value for a file, to ``FILE_DECIMALS``."""
        return [
            [cell for column, value in zip(self.columns, row, strict=True) for cell in _cells(column, value)]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One card of a panel.

    Attributes:
        code: unique in the page; the drawing's data stand under it.
        title: its heading.
        sentence: what is seen, in words.
        chart: its drawing.
        table: the same numbers.
        needed: why nothing is shown and how many more persons are needed; then all else is empty.
        facts: figures beside the drawing.
        hint: how to read it.
    """

    code: str
    title: str
    sentence: str = ""
    chart: Chart | None = None
    table: Table | None = None
    needed: str = ""
    facts: list[tuple[str, str]] = field(default_factory=list)
    hint: str = ""

    @property
    def data_id(self) -> str:
        """Under which the drawing's data stand in the page."""
        return f"{self.code}-data"

    @property
    def is_beside(self) -> bool:
        """Whether the table has room beside the drawing."""
        return self.chart is not None and self.table is not None and len(self.table.columns) <= NARROW


def shown(kind: str, value: Any) -> str:
    """A value as a person reads it."""
    if value == HIDDEN:
        return _("under 5")
    if value == "" or not _is_told(value):
        return NOTHING
    if kind in INTERVALS:
        low, high = (shown(INTERVALS[kind], end) for end in value)
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _number(kind, value).replace("-", MINUS) if kind not in ("text", "long") else str(value)


def equals(kind: str, value: float) -> str:
    """A value after its letter: "= 0.042", and "< 0.001" without a second sign."""
    text = shown(kind, value)
    return text if text.startswith("<") else f"= {text}"


def _is_told(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_told, value))
    return value is not None and (not isinstance(value, float) or is_known(value))


def _number(kind: str, value: float) -> str:
    match kind:
        case "count":
            return f"{value:,}"
        case "percent":
            return f"{100 * value:.1f}%"
        case "p":
            return "< 0.001" if value < LEAST_P else f"{value:.3f}"
        case _:
            # Rounded first: a little below nothing is nothing.
            return f"{round(value, DIGITS[kind]) + 0.0:.{DIGITS[kind]}f}"


def interval(ends: Interval, kind: str = "r") -> str:
    """An interval in a sentence, such as "0.15 to 0.31"."""
    return shown("interval" if kind == "r" else f"interval_{kind}", ends)


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot of ``forest`` with its interval, and a hollow one."""

    label: str
    value: float
    interval: Interval = UNKNOWN
    other: float = nan


def forest(
    dots: Iterable[Dot],
    *,
    axis: str,
    names: tuple[str, ...],
    marks: Sequence[tuple[float, str]] = (),
    kind: str = "r",
) -> Chart:
    """A drawing with one line for each row: a dot, its interval, perhaps a second hollow dot.

    Args:
        dots: those without a value are left out.
        axis: what is measured.
        names: of the dot, and of the hollow dot if there is any.
        marks: upright lines with their words.
        kind: how the values are written.
    """
    return {
        "kind": "forest",
        "axis": axis,
        "names": list(names),
        "marks": [{"at": at, "label": label} for at, label in marks],
        "percent": kind == "percent",
        "rows": [
            {
                "label": dot.label,
                "value": dot.value,
                "low": drawn(dot.interval[0]),
                "high": drawn(dot.interval[1]),
                "other": drawn(dot.other),
                "text": _with_interval(dot, kind),
                "otherText": shown(kind, dot.other) if is_known(dot.other) else "",
            }
            for dot in dots
            if is_known(dot.value)
        ],
    }


def drawn(figure: float | None) -> float | None:
    """A figure for a file or a drawing, where what is unknown is left empty."""
    return None if figure is None or not is_known(figure) else figure


def bars(
    categories: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    axis: str = "",
    kind: str = "count",
) -> Chart:
    """A drawing with groups of bars."""
    return {
        "kind": "bars",
        "axis": axis,
        "percent": kind == "percent",
        "categories": list(categories),
        "series": [
            {
                "name": name,
                "values": [drawn(value) for value in values],
                "texts": [shown(kind, value) for value in values],
            }
            for name, values in series
        ],
    }


def _with_interval(dot: Dot, kind: str) -> str:
    text = shown(kind, dot.value)
    return f"{text} ({interval(dot.interval, kind)})" if _is_told(dot.interval) else text


def _heads(column: Column) -> list[str]:
    if column.kind not in INTERVALS:
        return [column.label]
    return [
        _("%(name)s, lower end") % {"name": column.label},
        _("%(name)s, upper end") % {"name": column.label},
    ]


def _cells(column: Column, value: Any) -> list[Cell]:
    values = [value] if column.kind not in INTERVALS else value
    if value == HIDDEN:
        return [_("under 5")] * len(_heads(column))
    return [_written(cell) if isinstance(cell, float) else cell for cell in values or UNKNOWN]


def _written(value: float) -> float | None:
    return None if drawn(value) is None else round(value, FILE_DECIMALS) + 0.0
