"""What others send of people's work, from rows to typed values: pure."""

from performance.wire.files import HIRES, RECORDS, read_lines
from performance.wire.history import HireRow, parse_hire
from performance.wire.messages import MOST_RECORDS, MessageRefused, Records, read_message
from performance.wire.records import METRIC_PREFIX, RecordRow, parse_record
from performance.wire.rows import REFERENCE, FieldImpossible

__all__ = [
    "HIRES",
    "METRIC_PREFIX",
    "MOST_RECORDS",
    "RECORDS",
    "REFERENCE",
    "FieldImpossible",
    "HireRow",
    "MessageRefused",
    "RecordRow",
    "Records",
    "parse_hire",
    "parse_record",
    "read_lines",
    "read_message",
]
