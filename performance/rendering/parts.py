"""What a panel is made of. A drawing never stands without its table and its sentence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from hrportal.kernel.tables.writing import Cell

# A row whose figures are not shown because it counts fewer than five persons, or would tell of such a row.
HIDDEN: Final = "hidden"
NOTHING: Final = "–"
MINUS: Final = "\u2212"
LEAST_P: Final = 0.001
# Columns that fit beside a drawing.
NARROW: Final = 4
DIGITS: Final = {"r": 2, "weight": 3, "slope": 3, "points": 1, "hours": 1, "ratio": 2}
INTERVALS: Final = {
    "interval": "r",
    "interval_count": "count",
    "interval_percent": "percent",
    "interval_points": "points",
    "interval_weight": "weight",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``kind`` says how its values are written: text, count, p, percent, or a key of the tables above."""

    label: str
    kind: str = "count"

    @property
    def is_text(self) -> bool:
        """Whether it is read from the left."""
        return self.kind == "text"


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
        """Every value for a file, unrounded."""
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
        chart: what ``frontend/src/scripts/charts`` draws, with every word in the reader's language.
        table: the same numbers.
        needed: why nothing is shown and how many more persons are needed; then all else is empty.
        facts: figures beside the drawing.
        hint: how to read it.
    """

    code: str
    title: str
    sentence: str = ""
    chart: dict[str, Any] | None = None
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
    if value is None or value == "" or (kind in INTERVALS and None in value):
        return NOTHING
    if kind in INTERVALS:
        low, high = (shown(INTERVALS[kind], end) for end in value)
        return _("%(low)s to %(high)s") % {"low": low, "high": high}
    return _number(kind, value).replace("-", MINUS) if kind != "text" else str(value)


def _number(kind: str, value: float) -> str:
    match kind:
        case "count":
            return f"{value:,}"
        case "percent":
            return f"{100 * value:.1f}%"
        case "p":
            return "< .001" if value < LEAST_P else f"{value:.3f}".lstrip("0")
        case _:
            return f"{value:.{DIGITS[kind]}f}"


def interval(ends: Sequence[float] | None, kind: str = "r") -> str:
    """An interval in a sentence, such as "0.15 to 0.31"."""
    return shown("interval" if kind == "r" else f"interval_{kind}", ends)


def figures(row: dict[str, Any], *names: str) -> list[Any]:
    """These figures of a row of a result; all ``HIDDEN`` where it counts too few."""
    return [HIDDEN if row.get("suppressed") else row.get(name) for name in names]


def forest(
    rows: Iterable[dict[str, Any]],
    *,
    axis: str,
    names: tuple[str, ...],
    marks: Sequence[tuple[float, str]] = (),
    kind: str = "r",
) -> dict[str, Any]:
    """A drawing with one line for each row: a dot, its interval, perhaps a second hollow dot.

    Args:
        rows: label, value, and optionally low, high, other.
        axis: what is measured.
        names: of the dot, and of the hollow dot if there is any.
        marks: upright lines with their words.
        kind: how the values are written.
    """
    kept = [row for row in rows if row.get("value") is not None]
    return {
        "kind": "forest",
        "axis": axis,
        "names": list(names),
        "marks": [{"at": at, "label": label} for at, label in marks],
        "percent": kind == "percent",
        "rows": [
            row
            | {
                "text": _with_interval(row, kind),
                "otherText": shown(kind, row["other"]) if row.get("other") is not None else "",
            }
            for row in kept
        ],
    }


def bars(
    categories: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    axis: str = "",
    kind: str = "count",
) -> dict[str, Any]:
    """A drawing with groups of bars."""
    return {
        "kind": "bars",
        "axis": axis,
        "percent": kind == "percent",
        "categories": list(categories),
        "series": [
            {"name": name, "values": list(values), "texts": [shown(kind, value) for value in values]}
            for name, values in series
        ],
    }


def _with_interval(row: dict[str, Any], kind: str) -> str:
    text = shown(kind, row["value"])
    if row.get("low") is None or row.get("high") is None:
        return text
    return f"{text} ({interval((row['low'], row['high']), kind)})"


def _heads(column: Column) -> list[str]:
    if column.kind not in INTERVALS:
        return [column.label]
    return [
        _("%(name)s, lower end") % {"name": column.label},
        _("%(name)s, upper end") % {"name": column.label},
    ]


def _cells(column: Column, value: Any) -> list[Cell]:
    if column.kind not in INTERVALS:
        return [_("under 5") if value == HIDDEN else value]
    if value == HIDDEN:
        return [_("under 5")] * 2
    return list(value) if value else [None, None]
