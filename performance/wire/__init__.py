"""What others send of people's work, from rows to typed values: pure."""

from performance.wire.files import HIRES, RECORDS, read_lines
from performance.wire.history import HireRow, parse_hire
from performance.wire.messages import MOST_RECORDS, MessageRefused, read_message
from performance.wire.records import METRIC_CODE, METRIC_PREFIX, MOST_METRICS, RecordRow, parse_record
from performance.wire.rows import REFERENCE, FieldImpossible

__all__ = [
    "HIRES",
    "METRIC_CODE",
    "METRIC_PREFIX",
    "MOST_METRICS",
    "MOST_RECORDS",
    "RECORDS",
    "REFERENCE",
    "FieldImpossible",
    "HireRow",
    "MessageRefused",
    "RecordRow",
    "parse_hire",
    "parse_record",
    "read_lines",
    "read_message",
]
