"""Tables as files, pure: read whatever program saved them (bytes in, typed rows and errors out), and written (``writing``)."""

from hrportal.kernel.tables.cells import CellImpossible, Kind
from hrportal.kernel.tables.errors import FileRefused, RowError, ticked_lines
from hrportal.kernel.tables.layout import LEFT_OUT, Column, Layout, ReadTable, Row, heading_key
from hrportal.kernel.tables.reading import read_table, table_file

__all__ = [
    "LEFT_OUT",
    "CellImpossible",
    "Column",
    "FileRefused",
    "Kind",
    "Layout",
    "ReadTable",
    "Row",
    "RowError",
    "heading_key",
    "read_table",
    "table_file",
    "ticked_lines",
]
