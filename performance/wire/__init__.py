"""What others send of people's work, from rows to typed values: pure."""

from performance.wire.files import FileRefused, read_csv_rows, read_lines
from performance.wire.history import HireRow, parse_hire
from performance.wire.records import RecordRow, parse_record
from performance.wire.rows import FieldImpossible, Row, RowError

__all__ = [
    "FieldImpossible",
    "FileRefused",
    "HireRow",
    "RecordRow",
    "Row",
    "RowError",
    "parse_hire",
    "parse_record",
    "read_csv_rows",
    "read_lines",
]
