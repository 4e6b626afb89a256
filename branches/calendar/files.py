"""A year's holidays and make-up working days as a file, and those that the portal brings along: pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Self

from django.utils.translation import gettext as _

from branches.calendar.working_time import SATURDAY
from hrportal.kernel.tables import Column, FileRefused, Kind, Layout, Row, RowError, heading_key, read_table

FOLDER = Path(__file__).parent / "shipped"
MOST_DAYS = 120
LAYOUT = Layout(
    columns=(
        Column("date", Kind.DAY, ("day", "日期", "放假日期"), is_required=True),
        Column("kind", Kind.TEXT, ("type", "类型", "类别", "性质"), is_required=True),
        Column("name", Kind.TEXT, ("holiday", "名称", "节日", "节日名称", "备注")),
        Column("name_en", Kind.TEXT, ("english name", "英文名称")),
    ),
    most_rows=MOST_DAYS,
)


class DayKind(StrEnum):
    """What makes a day otherwise than its day of the week."""

    HOLIDAY = "holiday"
    WORKING = "working"


KINDS = {
    heading_key(word): kind
    for kind, words in {
        DayKind.HOLIDAY: ("holiday", "off", "day off", "休", "放假", "休息", "节假日", "休假"),
        DayKind.WORKING: (
            "working",
            "work",
            "working day",
            "make-up",
            "班",
            "上班",
            "补班",
            "调休上班",
            "工作日",
        ),
    }.items()
    for word in words
}


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of a year's file."""

    day: date
    kind: DayKind
    name: str = ""
    name_en: str = ""

    def as_json(self) -> dict[str, str]:
        """Plain values, to be stored."""
        return {
            "day": self.day.isoformat(),
            "kind": self.kind.value,
            "name": self.name,
            "name_en": self.name_en,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> Self:
        """What ``as_json`` gave."""
        day, kind = date.fromisoformat(stored["day"]), DayKind(stored["kind"])
        return cls(day, kind, stored["name"], stored["name_en"])


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one year that are otherwise than their day of the week, in order.

    ``is_official``: the arrangement as the State Council published it; otherwise only the days that are
    holidays by law.
    """

    year: int
    days: tuple[CalendarDay, ...]
    is_official: bool
    source: str = ""


# What the shipped files are taken from. 2027: Regulations on Public Holidays for National Annual Festivals and
# Memorial Days as amended in 2024; nothing has been published yet of how its days are arranged.
SOURCES: Mapping[int, tuple[bool, str]] = {
    2026: (True, "国办发明电〔2025〕7号"),
    2027: (False, "《全国年节及纪念日放假办法》"),
}


@cache
def shipped_years() -> Mapping[int, Year]:
    """The years that the portal brings along."""
    return {
        year: Year(year, read_year((FOLDER / f"{year}.csv").read_bytes(), year=year), is_official, source)
        for year, (is_official, source) in SOURCES.items()
    }


def read_year(raw: bytes, *, year: int) -> tuple[CalendarDay, ...]:
    """The days of a year from a CSV or Excel file, in order.

    Raises:
        YearRefused: a row is wrong; a year is taken as a whole or not at all.
    """
    try:
        table = read_table(raw, LAYOUT)
    except FileRefused as refusal:
        raise YearRefused([refusal.error]) from None
    errors, days = list(table.errors), []
    for row in table.rows:
        found = _day(row, year)
        if isinstance(found, RowError):
            errors.append(found)
        else:
            days.append((row.line, found))
    counts = Counter(found.day for _line, found in days)
    errors += [
        RowError(line, "date", _("This day is listed more than once. Keep one row."), value=str(found.day))
        for line, found in days
        if counts[found.day] > 1
    ]
    if not days and not errors:
        errors.append(RowError(0, "date", _("The file lists no days. Add a row for each holiday.")))
    if errors:
        raise YearRefused(sorted(errors, key=lambda error: error.line))
    return tuple(sorted((found for _line, found in days), key=lambda found: found.day))


class YearRefused(Exception):
    """The file of a year has rows that are wrong: ``errors``, by line."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(len(errors))
        self.errors = errors


def _day(row: Row, year: int) -> CalendarDay | RowError:
    values: dict[str, Any] = {name: str(row.values.get(name) or "") for name in LAYOUT.names}
    day = date.fromisoformat(values["date"])
    kind = KINDS.get(heading_key(values["kind"]))
    if day.year != year:
        return RowError(
            row.line, "date", _("Enter a day of %(year)d.") % {"year": year}, value=values["date"]
        )
    if kind is None:
        message = _("Enter “holiday” for a day off or “working” for a make-up working day.")
        return RowError(row.line, "kind", message, value=values["kind"])
    if kind is DayKind.WORKING and day.weekday() < SATURDAY:
        message = _("This is a weekday already. Only a Saturday or Sunday can be a make-up working day.")
        return RowError(row.line, "kind", message, value=values["date"])
    return CalendarDay(day, kind, values["name"][:40], values["name_en"][:40])
