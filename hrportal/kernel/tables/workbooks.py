"""Reading the sheets of a workbook (XLSX) as a stream: nothing in it is computed, no part costs more than its size.

Only the parts that hold cells are opened, each up to a limit; every element is forgotten when it is over.
Hidden rows and values of formulas are told apart, which the usual libraries do not do in a stream.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from posixpath import join, normpath
from typing import IO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

from django.utils.translation import gettext as _

from hrportal.kernel.tables.cells import EPOCHS, CellKind, Habits, RawCell, Stored
from hrportal.kernel.tables.delimited import Sheet, SheetRow
from hrportal.kernel.tables.errors import FileRefused, RowError

MIB = 1024 * 1024
# What a part may unpack to, at most and for each row of the list; what has no name here is never opened.
MOST_BYTES = {"sheet": 96 * MIB, "strings": 48 * MIB, "styles": 8 * MIB, "index": MIB}
LEAST_BYTES = 8 * MIB
BYTES_OF_A_ROW = 1024
MOST_PARTS = 2_000
MOST_COLUMNS = 200
# A sheet has no more rows, a workbook no more styles.
MOST_ROWS = 1_048_576
MOST_STYLES = 65_536
# Elements of one record, such as one row, and how deep they lie in each other.
MOST_ELEMENTS = 20_000
MOST_DEPTH = 100
CHUNK = 64 * 1024
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_DATE_FORMATS = frozenset((*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)))
_UNFORMATTING = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    ExpatError,
    # zipfile: encrypted, or packed in a way that nobody reads.
    RuntimeError,
    NotImplementedError,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    OverflowError,
)


def is_workbook(raw: bytes) -> bool:
    """Whether these bytes are an archive, as workbooks are, or an old workbook, whatever the file is called."""
    return raw.startswith((b"PK", _OLD_WORKBOOK))


@dataclass(slots=True)
class Book:
    """The visible sheets; ``hidden`` names the others, ``formulas`` counts as rows are read."""

    sheets: list[Sheet] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    formulas: int = 0
    strings: list[str] = field(default_factory=list)
    # For each style: whether it shows a date, and how many digits at least.
    styles: list[tuple[bool, int]] = field(default_factory=list)
    epoch: date = EPOCHS[0]


@contextmanager
def opened_book(raw: bytes, *, file: str, most_rows: int) -> Iterator[Book]:
    """A workbook for so many rows; whatever goes wrong within is refused as unreadable.

    Raises:
        FileRefused: damaged, protected by a password, another kind of file, or too large.
    """
    if raw.startswith(_OLD_WORKBOOK):
        raise _refused(
            _(
                "This workbook is in the old XLS format or has a password. Save it as XLSX without a password."
            ),
            file,
        )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _check_parts(archive.infolist(), file)
            yield _book(_Archive(archive, most_rows))
    except _TooLarge:
        message = _("This workbook is too large when unpacked. Copy the rows to a new workbook.")
        raise _refused(message, file) from None
    except _UNREADABLE:
        message = _("This is not an XLSX workbook, or it is damaged. Save the sheet again, or as CSV UTF-8.")
        raise _refused(message, file) from None


class _TooLarge(Exception):
    """A part unpacks to more than a list has."""


def _check_parts(parts: list[zipfile.ZipInfo], file: str) -> None:
    if any(part.flag_bits & 1 for part in parts):
        raise _refused(_("This workbook has a password. Save it without one."), file)
    if len(parts) > MOST_PARTS:
        raise _TooLarge


def _refused(message: str, file: str) -> FileRefused:
    return FileRefused(RowError(0, "file", message, file))


@dataclass(frozen=True, slots=True)
class _Archive:
    """The parts, each opened only up to what a list of so many rows needs."""

    parts: zipfile.ZipFile
    most_rows: int

    def open(self, path: str, limit: str) -> IO[bytes]:
        """A part to be read; raises ``_TooLarge``."""
        most = min(MOST_BYTES[limit], LEAST_BYTES + self.most_rows * BYTES_OF_A_ROW)
        if self.parts.getinfo(path).file_size > most:
            raise _TooLarge
        return self.parts.open(path)


def _book(archive: _Archive) -> Book:
    book = Book()
    (main,) = (
        path for kind, path in _related(archive, "", "_rels/.rels").values() if kind == "officeDocument"
    )
    folder, _slash, name = main.rpartition("/")
    related = _related(archive, folder, join(folder, "_rels", f"{name}.rels"))
    for kind, path in related.values():
        if kind == "sharedStrings":
            book.strings = [_texts(item) for item in _elements(archive, path, "strings", {"si"})]
        elif kind == "styles":
            book.styles = _styles(archive, path)
    for element in _elements(archive, main, "index", {"workbookPr", "sheet"}):
        if element.tag == "workbookPr":
            book.epoch = EPOCHS[element.get("date1904", "0").lower() in ("1", "true")]
            continue
        (key,) = (value for key, value in element.attrib.items() if key.endswith("}id"))
        kind, path = related[key]
        title = element.get("name", "")[:60]
        if element.get("state", "visible") != "visible":
            book.hidden.append(title)
        elif kind == "worksheet":
            book.sheets.append(_sheet(archive, book, title, path))
    return book


def _sheet(archive: _Archive, book: Book, title: str, path: str) -> Sheet:
    return Sheet(title, lambda: _rows(archive, path, book), Habits(keeps_texts=True))


def _related(archive: _Archive, folder: str, path: str) -> dict[str, tuple[str, str]]:
    """Kind and path of each part that this one points to, by its key."""
    found = {}
    for element in _elements(archive, path, "index", {"Relationship"}):
        if element.get("TargetMode") != "External":
            target = normpath(join("/", folder, element.get("Target", ""))).lstrip("/")
            found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], target)
    return found


def _styles(archive: _Archive, path: str) -> list[tuple[bool, int]]:
    codes: dict[int, str] = {}
    styles: list[tuple[bool, int]] = []
    for element in _elements(archive, path, "styles", {"numFmt", "cellXfs/xf"}):
        if element.tag == "numFmt":
            codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "")
        else:
            number = int(element.get("numFmtId", "0"))
            code = _UNFORMATTING.sub("", codes.get(number, "")).lower()
            is_time = any(mark in code for mark in "hs")
            is_date = (
                number in _DATE_FORMATS or any(mark in code for mark in "yd") or ("m" in code and not is_time)
            )
            styles.append((is_date, len(code) if re.fullmatch("0{2,}", code) else 0))
        if len(styles) > MOST_STYLES or len(codes) > MOST_STYLES:
            raise _TooLarge
    return styles


def _rows(archive: _Archive, path: str, book: Book) -> Iterator[SheetRow]:
    line = 0
    for row in _elements(archive, path, "sheet", {"row"}):
        line = int(row.get("r", line + 1))
        if line > MOST_ROWS:
            raise _TooLarge
        cells: list[RawCell] = []
        for cell in row:
            if cell.tag != "c":
                continue
            value = _value(cell, book)
            column = _column(cell.get("r", "")) or len(cells) + 1
            if value == "":
                continue
            if column > MOST_COLUMNS:
                message = _("This row has values beyond column %(most)s. Remove them.") % {
                    "most": MOST_COLUMNS
                }
                yield SheetRow(line, error=message)
                break
            cells += [""] * (column - len(cells) - 1)
            cells[column - 1 :] = [value]
        else:
            yield SheetRow(line, cells, is_hidden=row.get("hidden", "0").lower() in ("1", "true"))


def _column(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter.upper()) - 64
    return number


def _value(cell: Element, book: Book) -> RawCell:
    children = {child.tag: child for child in cell}
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _texts(children["is"]) if "is" in children else ""
    text = (children["v"].text or "") if "v" in children else ""
    if "f" in children and (text or kind == "str"):
        book.formulas += 1
    elif "f" in children:
        return Stored(CellKind.FORMULA)
    return _stored(kind, text, int(cell.get("s", "0")), book) if text else ""


def _stored(kind: str, text: str, style: int, book: Book) -> RawCell:
    if kind == "s":
        return book.strings[int(text)]
    if kind == "str":
        return text
    if kind == "d":
        return Stored(CellKind.DATE, date.fromisoformat(text[:10]).isoformat())
    if kind in ("b", "e"):
        return Stored(CellKind.BOOLEAN if kind == "b" else CellKind.ERROR, text)
    return _number(text, style, book)


def _number(text: str, style: int, book: Book) -> Stored:
    is_date, digits = book.styles[style] if style < len(book.styles) else (False, 0)
    number = float(text)
    if is_date and 0 < number < 2_958_466:
        return Stored(CellKind.DATE, (book.epoch + timedelta(days=int(number))).isoformat(), epoch=book.epoch)
    return Stored(CellKind.NUMBER, text, digits, book.epoch)


def _texts(element: Element) -> str:
    """The text of all runs, without how it is pronounced."""
    parts: list[str] = []
    for child in element:
        name = child.tag
        if name == "t":
            parts.append(child.text or "")
        elif name == "r":
            parts += [run.text or "" for run in child if run.tag == "t"]
    return re.sub(r"_x000[dD]_", "", "".join(parts))


def _elements(archive: _Archive, path: str, limit: str, names: set[str]) -> Iterator[Element]:
    """Every element of these names ("xf", "cellXfs/xf"); all others are passed over."""
    records = _Records(names)
    with archive.open(path, limit) as stream:
        while chunk := stream.read(CHUNK):
            records.parser.Parse(chunk)
            yield from records.done
            records.done.clear()
    records.parser.Parse(b"", True)


class _Records:
    """Builds the wanted elements one after the other; tags lose their namespace. No DTD, so no entities."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.done: list[Element] = []
        self.path: list[str] = []
        self.building: TreeBuilder | None = None
        self.depth = self.elements = 0
        self.parser = ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _refuse(self, *_declaration: object) -> None:
        raise ValueError

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if self.building is None:
            parent = self.path[-1] if self.path else ""
            if name not in self.names and f"{parent}/{name}" not in self.names:
                self.path.append(name)
                if len(self.path) > MOST_DEPTH:
                    raise _TooLarge
                return
            self.building, self.depth, self.elements = TreeBuilder(), 0, 0
            self.parser.CharacterDataHandler = self.building.data
        self.building.start(name, attributes)
        self.depth += 1
        self.elements += 1
        if self.elements > MOST_ELEMENTS or self.depth > MOST_DEPTH:
            raise _TooLarge

    def _end(self, tag: str) -> None:
        if self.building is None:
            self.path.pop()
            return
        self.building.end(tag.rpartition("}")[2])
        self.depth -= 1
        if not self.depth:
            self.done.append(self.building.close())
            self.building = self.parser.CharacterDataHandler = None
