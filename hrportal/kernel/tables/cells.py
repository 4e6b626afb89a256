"""One cell of a file that people made, read as what its column holds, or refused with the remedy.

A value is taken when it has exactly one meaning in its column. What a spreadsheet program has rewritten so
that several are possible, or digits are lost, is refused rather than guessed.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from django.utils.translation import gettext as _

from hrportal.kernel import texts

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Day 0 of the two ways in which workbooks count days.
EPOCHS = (date(1899, 12, 30), date(1904, 1, 1))
# A number of a workbook keeps so many digits; those beyond are zeros.
EXACT_DIGITS = 15

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_POINT_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_SHORTENED = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_WORD = r"(?P<word>[A-Za-z]{3,9})"
# 2026.10 that became a number is 2026.1.
_MONTH_FORMS = (
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})月?份?",
    r"(?P<y>\d{4})\.(?P<ten>1)",
    r"(?P<y>\d{2})年(?P<m>\d{1,2})月份?",
    r"(?P<y>\d{4})(?P<m>\d{2})",
    r"(?P<m>\d{1,2})[-/.](?P<y>\d{4})",
    rf"{_WORD}[-/., ]*(?P<y>\d{{4}}|\d{{2}})",
    rf"(?P<y>\d{{4}})[-/. ]*{_WORD}",
)
_DAY_FORMS = (
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?",
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})",
    r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})",
    rf"(?P<d>\d{{1,2}})[-/. ]*{_WORD}[-/., ]*(?P<y>\d{{4}}|\d{{2}})",
    rf"{_WORD}[ .]*(?P<d>\d{{1,2}}),? *(?P<y>\d{{4}})",
)
_MIDNIGHT = re.compile(r"[T ]0{1,2}:00(:00(\.0+)?)?$")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)

Meaning = TypeVar("Meaning")


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    # Numbers and references of people and places: leading zeros count, no digit may be lost.
    CODE = "code"
    NUMBER = "number"
    # A share: 0.95 or 95%.
    RATIO = "ratio"
    MONTH = "month"
    DAY = "day"


class CellKind(Enum):
    """What a cell of a workbook holds that is no text."""

    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"
    # A formula whose value was not saved with the file.
    FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Stored:
    """A cell of a workbook that is no text; ``text`` as it is stored, a date as YYYY-MM-DD.

    ``digits`` is how many digits the cell's format shows at least; ``epoch`` is day 0 of the workbook.
    """

    kind: CellKind
    text: str = ""
    digits: int = 0
    epoch: date = EPOCHS[0]

    def __str__(self) -> str:
        return self.text


RawCell = str | Stored


@dataclass(frozen=True, slots=True)
class Habits:
    """How the program that saved the file writes."""

    # Cells are separated by semicolons, as where a comma stands before decimals.
    has_decimal_comma: bool = False
    # A text cell is a text: what looks like a number has lost no zeros.
    keeps_texts: bool = False


class CellImpossible(ValueError):
    """A cell that cannot be taken; the message is the remedy and repeats nothing of it."""


def shown(cell: RawCell) -> str:
    """What a person sees in the cell, for naming it in an error."""
    return str(cell).strip()[:80]


def is_blank(cell: RawCell) -> bool:
    """Whether nothing stands there."""
    return isinstance(cell, str) and not INVISIBLE.sub("", cell).strip()


def read_cell(cell: RawCell, kind: Kind, habits: Habits) -> str | Decimal:
    """The value: a number as ``Decimal``, a month as YYYY-MM, a day as YYYY-MM-DD, "" for nothing.

    Raises:
        CellImpossible: it has no meaning in such a column, or more than one.
    """
    if is_blank(cell):
        return ""
    if isinstance(cell, Stored):
        _refuse_valueless(cell)
    match kind:
        case Kind.TEXT:
            return _text(cell)
        case Kind.CODE:
            return _code(cell)
        case Kind.MONTH:
            return f"{_one(set(_months(cell)), _('Write the month as 2026-11.')):%Y-%m}"
        case Kind.DAY:
            return _one(set(_days(cell)), _("Enter the date as 2026-11-30.")).isoformat()
        case _:
            return _number(cell, kind, habits)


def may_have_lost_zeros(cell: RawCell, habits: Habits) -> bool:
    """Whether the code may have had leading zeros before a program took it for a number."""
    if isinstance(cell, Stored):
        return cell.kind == CellKind.NUMBER and not cell.digits
    return not habits.keeps_texts and re.fullmatch(r"[1-9]\d*(\.0+)?|0(\.0+)?", _plain(cell)) is not None


def _refuse_valueless(cell: Stored) -> None:
    if cell.kind == CellKind.FORMULA:
        raise CellImpossible(
            _(
                "This cell contains a formula without a saved value. Open the file and save it again, or paste the value."
            )
        )
    if cell.kind == CellKind.ERROR:
        raise CellImpossible(_("This cell contains an error value. Correct or clear it."))
    if cell.kind == CellKind.BOOLEAN:
        raise CellImpossible(_("This cell contains TRUE or FALSE. Enter the value itself."))


def _plain(cell: RawCell) -> str:
    """The text as it is compared: ordinary width, no spaces around it, nothing invisible."""
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", str(cell))).strip()


def _text(cell: RawCell) -> str:
    if isinstance(cell, str):
        # An apostrophe marks a text, as in spreadsheets; see hrportal.kernel.tables.writing.
        return texts.line(cell).removeprefix("'")
    if cell.kind == CellKind.NUMBER:
        number = _decimal(cell)
        return _padded(number, cell) if number == number.to_integral_value() else f"{number:f}"
    return cell.text


def _code(cell: RawCell) -> str:
    if isinstance(cell, Stored):
        if cell.kind == CellKind.DATE:
            raise CellImpossible(
                _(
                    "The spreadsheet turned this value into a date. Format the column as text and enter it again."
                )
            )
        number = _decimal(cell)
        if abs(number) >= 10**EXACT_DIGITS:
            raise _shortened()
        if number != number.to_integral_value() or number < 0:
            raise CellImpossible(
                _("This is a number with decimals. Format the column as text and enter it again.")
            )
        return _padded(number, cell)
    value = _plain(cell)
    if value.startswith("'"):
        return value[1:].strip()
    if _SHORTENED.fullmatch(value) or re.fullmatch(rf"\d{{{EXACT_DIGITS}}}0{{1,4}}", value):
        raise _shortened()
    return re.sub(r"(?<=\d)\.0+$", "", value) if re.fullmatch(r"\d+\.0+", value) else value


def _padded(number: Decimal, cell: Stored) -> str:
    return f"{int(number):0{cell.digits}d}" if cell.digits else str(int(number))


def _shortened() -> CellImpossible:
    return CellImpossible(
        _(
            "The spreadsheet shortened this number and lost digits. Format the column as text and enter it again."
        )
    )


def _decimal(cell: Stored) -> Decimal:
    """The number without the noise of binary fractions."""
    return Decimal(format(float(cell.text), f".{EXACT_DIGITS}g"))


def _number(cell: RawCell, kind: Kind, habits: Habits) -> Decimal:
    if isinstance(cell, Stored):
        if cell.kind == CellKind.DATE:
            raise CellImpossible(_("The spreadsheet turned this value into a date. Enter the number again."))
        return _decimal(cell)
    value = _plain(cell).replace("\N{MINUS SIGN}", "-").removeprefix("'")
    is_share = kind == Kind.RATIO and value.endswith("%")
    meanings = set(_readings(value[:-1].strip() if is_share else value, habits))
    found = _one(meanings, _("Enter a number such as 1234.5, without letters or units."))
    return found / 100 if is_share else found


def _readings(value: str, habits: Habits) -> Iterator[Decimal]:
    if _PLAIN.fullmatch(value):
        yield Decimal(value)
    is_grouped = _GROUPED.fullmatch(value) is not None
    if is_grouped:
        yield Decimal(value.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(value) and (habits.has_decimal_comma or not is_grouped):
        yield Decimal(value.replace(",", "."))
    many = value.count(".") > 1 or "," in value or habits.has_decimal_comma
    if many and _POINT_GROUPED.fullmatch(value):
        yield Decimal(value.replace(".", "").replace(",", "."))


def _one(meanings: set[Meaning], remedy: str) -> Meaning:
    if len(meanings) > 1:
        raise CellImpossible(_("This value is ambiguous.") + " " + remedy)
    if not meanings:
        raise CellImpossible(remedy)
    return meanings.pop()


def _months(cell: RawCell) -> Iterator[date]:
    """First days of the months that the cell may mean."""
    value = _dated(cell)
    yield from _dates(value, _MONTH_FORMS)
    written = set(_dates(value, _DAY_FORMS))
    for day in {*written, *_counted(cell, value)}:
        # A month is told by its first or its last day; any other may be a slip of the column.
        if day.day in (1, monthrange(day.year, day.month)[1]) or len(written) > 1:
            yield day.replace(day=1)


def _days(cell: RawCell) -> Iterator[date]:
    value = _dated(cell)
    yield from _dates(value, _DAY_FORMS)
    yield from _counted(cell, value)


def _dated(cell: RawCell) -> str:
    """What may be a date, without a time that says nothing."""
    if isinstance(cell, Stored) and cell.kind == CellKind.NUMBER:
        number = _decimal(cell)
        return str(int(number)) if number == number.to_integral_value() and abs(number) < 10**8 else ""
    return re.sub(r"(?<=\d)\.0$", "", _MIDNIGHT.sub("", _plain(cell).removeprefix("'")))


def _dates(value: str, forms: tuple[str, ...]) -> Iterator[date]:
    for form in forms:
        if found := re.fullmatch(form, value):
            parts = found.groupdict()
            month = parts.get("m") or (_named(parts["word"]) if "word" in parts else 10)
            year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
            try:
                yield date(year, int(month), int(parts.get("d", 1)))
            except ValueError:
                continue


def _counted(cell: RawCell, value: str) -> Iterator[date]:
    """Days as workbooks count them; without the workbook nothing says from when."""
    if re.fullmatch(r"[2-7]\d{4}", value):
        epochs = (cell.epoch,) if isinstance(cell, Stored) else EPOCHS
        yield from (epoch + timedelta(days=int(value)) for epoch in epochs)


def _named(word: str) -> int:
    """The number of a month by its English name, whole or shortened; 0 for any other word."""
    name = word.casefold()
    return next(
        (number for number, month in enumerate(_MONTHS, 1) if name in (month, month[:3], month[:4])), 0
    )
