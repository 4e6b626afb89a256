"""A file of monthly records as people upload it: CSV or workbook, told apart by its bytes."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from performance.wire.files import FileRefused, read_csv_rows
from performance.wire.messages import FIELDS, MOST_RECORDS
from performance.wire.records import METRIC_PREFIX
from performance.wire.rows import Row, RowError
from performance.wire.sheets import is_workbook, read_workbook_rows

REQUIRED = ("employee_no", "period", "score")
# In the order of the template; own measures follow as metric.CODE.
COLUMNS = (
    *REQUIRED,
    "complaints",
    "transactions",
    "project_completion",
    "target_attainment",
)


def read_records_file(raw: bytes) -> Iterator[Row]:
    """Rows of an uploaded file, at most ``MOST_RECORDS``.

    A column that nobody knows refuses the file: misspelt, its values would be lost without a word.

    Raises:
        FileRefused: unreadable, a column missing or unknown, no row or too many.
    """
    read = read_workbook_rows if is_workbook(raw) else read_csv_rows
    number = 0
    for number, row in enumerate(read(raw, file="", columns=REQUIRED), 1):
        if number == 1:
            _refuse_unknown(row)
        if number > MOST_RECORDS:
            message = _("One file holds %(most)s rows; split it.") % {"most": MOST_RECORDS}
            raise FileRefused(RowError(row.line, "file", message))
        yield row
    if not number:
        raise FileRefused(
            RowError(0, "file", _("There is no row below the first line. Write one row for each month."))
        )


def _refuse_unknown(row: Row) -> None:
    unknown = [
        name
        for name in row.values
        if name and name not in FIELDS - {"metrics"} and not name.startswith(METRIC_PREFIX)
    ]
    if unknown:
        message = _(
            "Unknown columns: %(names)s. Name them as in the template, own measures as metric.CODE,"
            " and take all others away."
        ) % {"names": ", ".join(unknown[:5])}
        raise FileRefused(RowError(1, unknown[0], message))
