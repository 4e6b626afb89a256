"""The one reader of every table that people hand in: bytes and declared columns in, typed rows and errors out.

Nothing is dropped without a word: each line of the file is a row, an error with line, column and remedy, or
is named in the notes as left out (titles above the headings, blank lines, totals).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from errno import ENOENT
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hrportal.kernel.tables.cells import (
    CellImpossible,
    Kind,
    RawCell,
    is_blank,
    may_have_lost_zeros,
    read_cell,
    shown,
)
from hrportal.kernel.tables.delimited import FIRST_LINES, Sheet, SheetRow, delimited_sheets
from hrportal.kernel.tables.errors import FileRefused, RowError
from hrportal.kernel.tables.headings import Head, check_head, find_head
from hrportal.kernel.tables.layout import Layout, ReadTable, Row, heading_key, letters
from hrportal.kernel.tables.workbooks import Book, is_workbook, opened_book

# Lines that a note names one by one.
MOST_NAMED = 10
_TOTALS = frozenset(
    (
        *("合计", "总计", "小计", "总和", "汇总", "平均", "平均值", "均值"),
        *("total", "totals", "subtotal", "grandtotal", "sum", "average", "mean"),
    )
)


def read_table(
    raw: bytes, layout: Layout, *, file: str = "", told: Mapping[str, str] | None = None
) -> ReadTable:
    """Read a file, CSV or workbook, told apart by its bytes.

    Args:
        raw: the file.
        layout: its columns.
        file: its name, for the errors.
        told: headings, as ``heading_key`` gives them, with the column that people said they are.

    Raises:
        FileRefused: unreadable; a heading missing, unknown or twice; no row or too many.
    """
    with _sheets(raw, layout, file) as (sheets, book):
        head = find_head(sheets, layout, told or {}, file=file)
        table = ReadTable(file)
        check_head(head, layout, table, file=file)
        if book is not None:
            book.formulas = 0
            _note_sheets(head, sheets, book, table)
        _Body(head, layout, table, file).read()
        if book is not None and book.formulas:
            table.notes.append(
                ngettext(
                    "%(n)s cell contains a formula; the value saved in the file was used.",
                    "%(n)s cells contain formulas; the values saved in the file were used.",
                    book.formulas,
                )
                % {"n": book.formulas}
            )
    if not table.rows and not table.errors and not layout.may_be_empty:
        message = _("There are no rows below the headings. Enter one row for each entry.")
        raise FileRefused(RowError(0, "file", message, file))
    return table


def table_file(folder: Path, name: str) -> Path:
    """The file of this name in a folder, as CSV or as workbook.

    Raises:
        FileNotFoundError: there is none.
        FileRefused: there are both.
    """
    found = [path for ending in ("csv", "xlsx") if (path := folder / f"{name}.{ending}").exists()]
    if not found:
        raise FileNotFoundError(ENOENT, "missing", str(folder / f"{name}.csv"))
    if len(found) > 1:
        message = _("There is also %(other)s. Remove one of the two.") % {"other": found[1].name}
        raise FileRefused(RowError(0, "file", message, found[0].name))
    return found[0]


@contextmanager
def _sheets(raw: bytes, layout: Layout, file: str) -> Iterator[tuple[list[Sheet], Book | None]]:
    if is_workbook(raw):
        with opened_book(raw, file=file, most_rows=layout.most_rows) as book:
            yield book.sheets, book
    else:
        yield delimited_sheets(raw, file=file), None


def _note_sheets(head: Head, sheets: Sequence[Sheet], book: Book, table: ReadTable) -> None:
    others = [sheet.name for sheet in sheets if sheet is not head.sheet and _has_cells(sheet)]
    if others or book.hidden:
        table.notes.append(
            _("The sheet “%(name)s” was read. Not read: %(others)s.")
            % {"name": head.sheet.name, "others": ", ".join([*others, *book.hidden])}
        )


def _has_cells(sheet: Sheet) -> bool:
    return any(not is_blank(cell) for row in islice(sheet.rows(), FIRST_LINES) for cell in row.cells)


@dataclass(slots=True)
class _Body:
    """Everything but the headings."""

    head: Head
    layout: Layout
    table: ReadTable
    file: str
    above: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)

    def read(self) -> None:
        """Fill the table."""
        headings = [heading_key(shown(cell)) for cell in self.head.row.cells]
        last = 0
        for row in self.head.sheet.rows():
            if row.error:
                self._fail(row.line, "file", row.error)
            elif all(map(is_blank, row.cells)):
                self.blank.append(row.line)
                continue
            elif row.line < self.head.row.line:
                self.above.append(row.line)
            elif [heading_key(shown(cell)) for cell in row.cells] == headings:
                self.repeated += [row.line] if row.line > self.head.row.line else []
            else:
                self._take(row)
            last = row.line
            if len(self.table.rows) + len(self.table.errors) > self.layout.most_rows:
                message = _("A file holds at most %(most)s rows. Split it.") % {"most": self.layout.most_rows}
                raise FileRefused(RowError(row.line, "file", message, self.file))
        # A file ends with an empty line; only those between rows, and rows of empty cells, are told.
        self.blank = [line for line in self.blank if self.head.row.line < line < last]
        self._note()

    def _take(self, row: SheetRow) -> None:
        if row.is_hidden:
            self.hidden.append(row.line)
        if self._is_total(row):
            self.totals.append(row.line)
            return
        for index, cell in enumerate(row.cells):
            if not is_blank(cell) and not self._has_heading(index):
                message = _(
                    "Column %(column)s has a value but no heading. Name the column, clear the cell, or "
                    "put values that contain a separator in quotation marks."
                ) % {"column": letters(index)}
                self._fail(row.line, letters(index), message, cell)
                return
        self._add(row)

    def _add(self, row: SheetRow) -> None:
        values: dict[str, str | Decimal] = {}
        doubtful: set[str] = set()
        habits = self.head.sheet.habits
        for index, column in enumerate(self.head.columns):
            if column is None or not column.name:
                continue
            cell = row.cells[index] if index < len(row.cells) else ""
            try:
                values[column.name] = read_cell(cell, column.kind, habits)
            except CellImpossible as wrong:
                self._fail(row.line, column.name, str(wrong), cell)
                return
            if column.kind is Kind.CODE and may_have_lost_zeros(cell, habits):
                doubtful.add(column.name)
        self.table.rows.append(Row(row.line, values, frozenset(doubtful)))

    def _has_heading(self, index: int) -> bool:
        cells = self.head.row.cells
        return index < len(cells) and not is_blank(cells[index])

    def _is_total(self, row: SheetRow) -> bool:
        """A row of sums begins with such a word and lacks what every row has."""
        first = next(cell for cell in row.cells if not is_blank(cell))
        if heading_key(shown(first)).strip(":") not in _TOTALS:
            return False
        cells = [*row.cells, *[""] * (len(self.head.columns) - len(row.cells))]
        filled = zip(cells, self.head.columns, strict=False)
        return any(column is not None and column.is_required and is_blank(cell) for cell, column in filled)

    def _fail(self, line: int, column: str, message: str, cell: RawCell = "") -> None:
        self.table.errors.append(RowError(line, column, message, self.file, shown(cell)))

    def _note(self) -> None:
        for lines, message in (
            (self.above, _("Lines above the headings, not read: %(lines)s.")),
            (self.blank, _("Blank lines, skipped: %(lines)s.")),
            (self.totals, _("Rows with totals, skipped: %(lines)s.")),
            (self.repeated, _("Repeated heading rows, skipped: %(lines)s.")),
            (self.hidden, _("Hidden or filtered rows, included: %(lines)s.")),
        ):
            if lines:
                self.table.notes.append(message % {"lines": _named(lines)})


def _named(lines: Sequence[int]) -> str:
    named = ", ".join(map(str, lines[:MOST_NAMED]))
    if len(lines) <= MOST_NAMED:
        return named
    return _("%(lines)s … (%(n)s lines)") % {"lines": named, "n": len(lines)}
