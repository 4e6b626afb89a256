"""Where the headings of a file stand, and which column each of them is."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from hrportal.kernel.tables.cells import INVISIBLE, Kind, RawCell, is_blank, shown
from hrportal.kernel.tables.delimited import FIRST_LINES, Sheet, SheetRow
from hrportal.kernel.tables.errors import FileRefused, RowError
from hrportal.kernel.tables.layout import LEFT_OUT, Column, Layout, ReadTable, heading_key, letters


@dataclass(frozen=True, slots=True)
class Head:
    """Where the headings stand, and what each column of the sheet is."""

    sheet: Sheet
    row: SheetRow
    columns: tuple[Column | None, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns if column is not None]

    def lacks(self, layout: Layout) -> list[str]:
        """Columns that must be there and are not."""
        return [
            column.name for column in layout.columns if column.is_required and column.name not in self.names
        ]


def find_head(sheets: Sequence[Sheet], layout: Layout, told: Mapping[str, str], *, file: str) -> Head:
    """The headings of the one sheet that has all; else of the sheet that has most."""
    heads = [head for sheet in sheets if (head := _best_head(sheet, layout, told)) is not None]
    if not heads:
        message = _("The file is empty. Name the columns in the first line: %(names)s.") % {
            "names": ", ".join(layout.names)
        }
        raise FileRefused(RowError(0, "file", message, file))
    whole = [head for head in heads if not head.lacks(layout)]
    if len(whole) > 1 and all(head.sheet.name for head in whole):
        message = _("Several sheets contain such a list: %(names)s. Keep only one of them in the file.") % {
            "names": _("“%(first)s”") % {"first": "”, “".join(head.sheet.name for head in whole)}
        }
        raise FileRefused(RowError(0, "file", message, file))
    return max(whole or heads, key=lambda head: (len(set(head.names)), len(head.row.cells)))


def _best_head(sheet: Sheet, layout: Layout, told: Mapping[str, str]) -> Head | None:
    known = layout.known()
    by_name = {column.name: column for column in layout.columns}
    known |= {key: by_name[name] for key, name in told.items() if name in by_name}
    best: Head | None = None
    rows = (row for row in sheet.rows() if not all(map(is_blank, row.cells)))
    for row in islice(rows, FIRST_LINES):
        columns = tuple(_column_of(cell, known, layout) for cell in row.cells)
        head = Head(sheet, row, columns)
        if best is None or len(set(head.names)) > len(set(best.names)):
            best = head
    return _leaving_out(best, told) if best is not None else None


def _leaving_out(head: Head, told: Mapping[str, str]) -> Head:
    """The same with the columns that people said are to be left out marked as such."""
    return Head(
        head.sheet,
        head.row,
        tuple(
            Column("", Kind.TEXT)
            if column is None and told.get(heading_key(shown(cell))) == LEFT_OUT
            else column
            for cell, column in zip(head.row.cells, head.columns, strict=True)
        ),
    )


def _column_of(cell: RawCell, known: Mapping[str, Column], layout: Layout) -> Column | None:
    if not isinstance(cell, str):
        return None
    if (column := known.get(heading_key(cell))) is not None:
        return column
    name = INVISIBLE.sub("", unicodedata.normalize("NFKC", cell)).strip()
    if layout.open_prefix and name.casefold().startswith(layout.open_prefix):
        return Column(layout.open_prefix + name[len(layout.open_prefix) :], Kind.NUMBER)
    return None


def check_head(head: Head, layout: Layout, table: ReadTable, *, file: str) -> None:
    line = head.row.line
    table.headings = {
        shown(cell): "" if column is None else column.name
        for cell, column in zip(head.row.cells, head.columns, strict=True)
        if not is_blank(cell)
    }
    _refuse_twice(head, layout, file)
    unknown = tuple(
        shown(cell)
        for cell, column in zip(head.row.cells, head.columns, strict=True)
        if column is None and not is_blank(cell)
    )
    if missing := head.lacks(layout):
        message = _("Missing columns: %(names)s. Add them in one heading row above the data.") % {
            "names": ", ".join(missing)
        }
        raise FileRefused(RowError(line, missing[0], message, file), headings=unknown)
    if unknown and not layout.leaves_unknown:
        message = _(
            "Unknown columns: %(names)s. Map them, rename them as in the template, or remove them."
        ) % {"names": ", ".join(unknown[:8])}
        raise FileRefused(RowError(line, unknown[0], message, file), headings=unknown)
    left_out = [name for name, column in table.headings.items() if not column]
    if left_out:
        table.notes.append(_("These columns were not read: %(names)s.") % {"names": ", ".join(left_out)})


def _refuse_twice(head: Head, layout: Layout, file: str) -> None:
    """One column twice; what a person said of a heading is asked again, for it may be what is wrong."""
    places: dict[str, str] = {}
    for index, column in enumerate(head.columns):
        if column is None or not column.name:
            continue
        if column.name in places:
            message = _("Columns %(first)s and %(second)s are both “%(name)s”. Remove one, or rename it.") % {
                "first": places[column.name],
                "second": letters(index),
                "name": column.name,
            }
            again = _told_as(column.name, head, layout)
            raise FileRefused(RowError(head.row.line, column.name, message, file), headings=again)
        places[column.name] = letters(index)


def _told_as(name: str, head: Head, layout: Layout) -> tuple[str, ...]:
    """Headings that are this column only because a person said so."""
    return tuple(
        shown(cell)
        for cell, column in zip(head.row.cells, head.columns, strict=True)
        if column is not None and column.name == name and heading_key(shown(cell)) not in layout.known()
    )
