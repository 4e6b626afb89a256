"""Text that is separated into cells (CSV): its encoding, its separator, its lines."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from hrportal.kernel.tables.cells import Habits, RawCell
from hrportal.kernel.tables.errors import FileRefused, RowError

SEPARATORS = (",", ";", "\t")
# A cell may hold line breaks, but a quotation mark that nobody closed must not swallow the file.
MOST_LINES_IN_ONE = 50
# So many records decide which separator it is and where the headings stand.
FIRST_LINES = 25
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(slots=True)
class SheetRow:
    """One line with its cells, or what is wrong with it as a whole."""

    line: int
    cells: Sequence[RawCell] = ()
    is_hidden: bool = False
    error: str = ""


@dataclass(slots=True)
class Sheet:
    """One table of a file; ``rows`` begins afresh with each call."""

    name: str
    rows: Callable[[], Iterator[SheetRow]]
    habits: Habits = field(default_factory=Habits)


def delimited_sheets(raw: bytes, *, file: str) -> list[Sheet]:
    """The file once for each separator that it may have.

    Raises:
        FileRefused: no text, or a separator that nobody uses.
    """
    lines = decoded(raw, file=file).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = 0
    separators: tuple[str, ...] = SEPARATORS
    if told := _SEPARATOR_LINE.fullmatch(lines[0]):
        if told[1] not in SEPARATORS:
            message = _("Separate the cells by comma, semicolon or tab, and correct the line “sep=”.")
            raise FileRefused(RowError(1, "file", message, file))
        first, separators = 1, (told[1],)
    return [
        Sheet("", lambda mark=separator: _records(lines, first, mark), Habits(separator == ";"))  # type: ignore[misc]  # mark is bound in each round
        for separator in separators
    ]


def decoded(raw: bytes, *, file: str) -> str:
    """The text: UTF-8, UTF-16, or GB 18030 (GBK) as Chinese programs save it.

    Raises:
        FileRefused: none of them, or UTF-8 that is damaged.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _in(raw.removeprefix(mark), encoding, file)
    zeros = raw[:2000]
    if zeros.count(0) * 8 > len(zeros):
        return _in(raw, "utf-16-le" if zeros[1::2].count(0) > zeros[::2].count(0) else "utf-16-be", file)
    try:
        return _without_nul(raw.decode(), file)
    except UnicodeDecodeError as broken:
        # A few broken bytes do not make another encoding of it: all Chinese would be read as other Chinese.
        guess = raw.decode(errors="replace")
        strange = sum(character > "\x7f" for character in guess)
        if guess.count("\ufffd") * 2 < strange:
            raise _damaged(raw[: broken.start].count(b"\n") + 1, file) from None
    return _in(raw, "gb18030", file)


def _in(raw: bytes, encoding: str, file: str) -> str:
    try:
        return _without_nul(raw.decode(encoding), file)
    except UnicodeDecodeError as broken:
        if encoding == "gb18030":
            raise _no_text(file) from None
        before = raw[: broken.start].decode(encoding, "replace")
        raise _damaged(before.count("\n") + 1, file) from None


def _without_nul(text: str, file: str) -> str:
    if "\0" in text:
        raise _no_text(file)
    return text


def _no_text(file: str) -> FileRefused:
    message = _("This file is neither text (UTF-8, UTF-16, GBK) nor a workbook. Save the sheet as CSV UTF-8.")
    return FileRefused(RowError(0, "file", message, file))


def _damaged(line: int, file: str) -> FileRefused:
    message = _("This line contains a damaged character. Save the sheet as CSV UTF-8 again.")
    return FileRefused(RowError(line, "file", message, file))


def _records(lines: list[str], first: int, separator: str) -> Iterator[SheetRow]:
    """Every record with the number of its first line; a broken one leaves the next to itself."""
    at = first
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            # Separators alone are a blank line, whatever separates the others.
            yield SheetRow(at + 1, line.split(separator) if line.strip(",;\t ") else ())
            at += 1
            continue
        reader = csv.reader(
            (f"{text}\n" for text in lines[at : at + MOST_LINES_IN_ONE]), delimiter=separator, strict=True
        )
        try:
            cells = next(reader)
        except csv.Error:
            message = _("A quotation mark is not closed, or is followed by text. Correct this line.")
            yield SheetRow(at + 1, error=message)
            at += 1
        else:
            yield SheetRow(at + 1, cells)
            at += reader.line_num
