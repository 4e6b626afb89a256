"""Reading a workbook (XLSX) as the same rows that a CSV has; nothing in it is computed."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.cell.cell import TYPE_FORMULA
from openpyxl.utils.exceptions import InvalidFileException

from performance.wire.files import FileRefused
from performance.wire.rows import FORMULA, Row, RowError

# What a workbook may unpack to, and how many parts it may have: beyond, it is no list of records.
MOST_BYTES = 24 * 1024 * 1024
MOST_PARTS = 500
MOST_COLUMNS = 60
MOST_LINES = 20_000


def is_workbook(raw: bytes) -> bool:
    """Whether these bytes are a zip archive, as workbooks are, whatever the file is called."""
    return raw.startswith(b"PK")


def read_workbook_rows(raw: bytes, *, file: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """Rows of the first sheet; its first line names the columns, empty lines are passed over.

    A cell with a date reads as YYYY-MM where it is the first of a month, else as YYYY-MM-DD; a
    formula reads as ``FORMULA``, which no field takes.

    Raises:
        FileRefused: no workbook, one that unpacks to too much, or a column is missing.
    """
    _refuse_bombs(raw, file)
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            # Programs write wrong sizes; the cells themselves are asked.
            sheet.reset_dimensions()
            cells = sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_LINES)
            yield from _rows(cells, file, columns)
        finally:
            book.close()
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        IndexError,
        ValueError,
        TypeError,
        AttributeError,
        SyntaxError,
        EOFError,
        OSError,
    ):
        # The library raises whatever a damaged part makes it raise; none of it is about our rows.
        raise _no_workbook(file) from None


def _rows(cells: Iterator[Sequence[Any]], file: str, columns: tuple[str, ...]) -> Iterator[Row]:
    names = [_text(cell) for cell in next(cells, ())]
    if missing := [name for name in columns if name not in names]:
        message = _("Columns are missing: %(names)s. Name them in the first line.") % {
            "names": ", ".join(missing)
        }
        raise FileRefused(RowError(1, missing[0], message, file))
    for line, found in enumerate(cells, 2):
        values = {name: _text(cell) for name, cell in zip(names, found, strict=False) if name}
        if any(values.values()):
            yield Row(line, values)


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == TYPE_FORMULA:
        return FORMULA
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m}" if value.day == 1 else f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        # 10023.0 is how a sheet keeps the number 10023.
        return str(int(value))
    return str(value).strip()


def _refuse_bombs(raw: bytes, file: str) -> None:
    """Sizes as the archive declares them; reading stops at a declared size, so lying gains nothing."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError, OSError):
        raise _no_workbook(file) from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        message = _("This workbook unpacks to more than a list of records has. Save the rows as CSV (UTF-8).")
        raise FileRefused(RowError(0, "file", message, file))


def _no_workbook(file: str) -> FileRefused:
    return FileRefused(
        RowError(0, "file", _("This is no Excel workbook (XLSX). Save the sheet again, or as CSV."), file)
    )
