"""Lists as XLSX and CSV, built in memory: nothing plain ever lies on a disk.

A cell that a spreadsheet would run as a formula is made text (OWASP, "CSV Injection"): it gets an
apostrophe in front, in both formats, because what is copied from one soon stands in the other. A workbook
keeps texts, numbers and dates apart by itself. A CSV does not: a text that a spreadsheet would take for a
number or a date, and rewrite when it saves (00123, an ID number, 2026-10), gets the apostrophe as well.
The reader takes one apostrophe away, so what is written here is read there as it was.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from xlsxwriter import Workbook

Cell = str | int | float | Decimal | date | datetime | None
# ASCII and full-width: Excel in East Asian versions reads both. Blanks before it do not make it safe.
FORMULA = re.compile(r"[\s\x00-\x1f\u200b\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
# What a spreadsheet takes for a number, a date, a time or a truth when it opens a CSV.
REWRITTEN = re.compile(
    r"\s*([+-]?[\d.,/:%\s年月日时分秒-]*\d[\d.,/:%\s年月日时分秒-]*([eE][+-]?\d+)?|[$¥€£￥].*\d"
    r"|\d{1,4}[-/. ]*[A-Za-z]{3,9}([-/. ,]*\d*)?|[A-Za-z]{3,9}[-/. ,]*\d{1,4}([-/. ,]+\d+)*"
    r"|[\d:\s]+[AaPp][Mm]?|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])\s*"
)
# What XML 1.0 cannot hold, and half surrogates.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
BYTE_ORDER_MARK = "\ufeff"
LONGEST_CELL = 32_767


class Table(Protocol):
    """Something that takes rows and becomes a file."""

    content_type: str

    def add(self, cells: Iterable[Cell]) -> None:
        """Write one row."""

    def content(self) -> bytes:
        """The finished file."""


def safe_text(value: str) -> str:
    """Text that no spreadsheet runs as a formula and every format can hold."""
    text = UNWRITABLE.sub("", value)
    return f"'{text}" if FORMULA.match(text) or text.startswith("'") else text


def lasting_text(value: str) -> str:
    """The same for a CSV, where it also has to outlast being opened and saved by a spreadsheet."""
    text = safe_text(value)
    return f"'{text}" if not text.startswith("'") and REWRITTEN.fullmatch(text) else text


def plain(cell: Cell) -> str:
    """A cell as text: dates year first, nothing as an empty text; texts made safe."""
    match cell:
        case None:
            return ""
        case str():
            return safe_text(cell)
        case datetime():
            return cell.strftime("%Y-%m-%d %H:%M")
        case date():
            return cell.isoformat()
        case _:
            return str(cell)


class CsvTable:
    """UTF-8 with a byte order mark, which Excel needs to read Chinese; every cell quoted."""

    content_type = "text/csv; charset=utf-8"

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")
        self._text.write(BYTE_ORDER_MARK)
        self._rows = csv.writer(self._text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")

    def add(self, cells: Iterable[Cell]) -> None:
        """Write one row."""
        self._rows.writerow([lasting_text(cell) if isinstance(cell, str) else plain(cell) for cell in cells])

    def content(self) -> bytes:
        """The finished file."""
        return self._text.getvalue().encode()


class XlsxTable:
    """One sheet of texts, numbers and dates, each as such; nothing becomes a formula or a link."""

    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self) -> None:
        self._file = io.BytesIO()
        # Otherwise the sheet would be written to a temporary file on the way.
        self._book = Workbook(self._file, {"in_memory": True})
        self._sheet = self._book.add_worksheet()
        # Text cells stay text when somebody edits them.
        self._text, self._day, self._moment = (
            self._book.add_format({"num_format": code}) for code in ("@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm")
        )
        self._next = 0

    def add(self, cells: Iterable[Cell]) -> None:
        """Write one row."""
        for column, cell in enumerate(cells):
            match cell:
                case None:
                    continue
                case str():
                    self._sheet.write_string(self._next, column, safe_text(cell)[:LONGEST_CELL], self._text)
                case datetime():
                    self._sheet.write_datetime(self._next, column, cell.replace(tzinfo=None), self._moment)
                case date():
                    self._sheet.write_datetime(self._next, column, cell, self._day)
                case _:
                    self._sheet.write_number(self._next, column, cell)
        self._next += 1

    def content(self) -> bytes:
        """The finished file."""
        self._sheet.autofit()
        self._book.close()
        return self._file.getvalue()


# Offered in this order.
TABLES: dict[str, type[CsvTable] | type[XlsxTable]] = {"xlsx": XlsxTable, "csv": CsvTable}


def start_table(kind: str, *, watermark: Sequence[Cell], header: Sequence[Cell]) -> Table:
    """A table with the watermark as its first row and the names of the columns as its second."""
    table = TABLES[kind]()
    table.add(watermark)
    table.add(header)
    return table
