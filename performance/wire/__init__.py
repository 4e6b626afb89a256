"""What others send of people's work, from rows to typed values: pure."""

from performance.wire.files import FileRefused, read_csv_rows, read_lines
from performance.wire.history import HireRow, parse_hire
from performance.wire.messages import MessageRefused, read_message
from performance.wire.records import RecordRow, parse_record
from performance.wire.rows import REFERENCE, FieldImpossible, Row, RowError
from performance.wire.uploads import COLUMNS, read_records_file

__all__ = [
    "COLUMNS",
    "REFERENCE",
    "FieldImpossible",
    "FileRefused",
    "HireRow",
    "MessageRefused",
    "RecordRow",
    "Row",
    "RowError",
    "parse_hire",
    "parse_record",
    "read_csv_rows",
    "read_lines",
    "read_message",
    "read_records_file",
]
