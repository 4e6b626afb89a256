"""What others send of people's work, from rows to typed values: pure."""

from performance.wire.files import FileRefused, read_csv_rows, read_lines
from performance.wire.history import HireRow, parse_hire
from performance.wire.messages import MOST_RECORDS, MessageRefused, read_message
from performance.wire.records import METRIC_CODE, MOST_METRICS, RecordRow, parse_record
from performance.wire.rows import REFERENCE, FieldImpossible, Row, RowError
from performance.wire.uploads import COLUMNS, read_records_file

__all__ = [
    "COLUMNS",
    "METRIC_CODE",
    "MOST_METRICS",
    "MOST_RECORDS",
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
