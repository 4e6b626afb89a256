"""Reading a table or lines from a file that people made."""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from performance.wire.rows import Row, RowError


class FileRefused(Exception):
    """Nothing of the file can be read; ``error`` says why and what to do."""

    def __init__(self, error: RowError) -> None:
        super().__init__(str(error))
        self.error = error


def read_csv_rows(raw: bytes, *, file: str, columns: tuple[str, ...]) -> Iterator[Row]:
    """Rows of a CSV in UTF-8 or GB 18030, as Excel saves it in China; empty lines are passed over.

    Raises:
        FileRefused: no text, or a column is missing.
    """
    reader = csv.DictReader(io.StringIO(_text(raw, file), newline=""), restval="")
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    if missing := [name for name in columns if name not in names]:
        message = _("Columns are missing: %(names)s. Name them in the first line.") % {
            "names": ", ".join(missing)
        }
        raise FileRefused(RowError(1, missing[0], message, file))
    reader.fieldnames = names
    try:
        for values in reader:
            # What stands beyond the last column has no name.
            values.pop(None, None)
            if any(values.values()):
                yield Row(reader.line_num, values)
    except csv.Error:
        message = _("This is no CSV from here on. Save the sheet as CSV (UTF-8) again.")
        raise FileRefused(RowError(reader.line_num, "file", message, file)) from None


def read_lines(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line that is not empty."""
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if line.strip():
            yield number, line


def _text(raw: bytes, file: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            found = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in found:
            return found
    raise FileRefused(RowError(0, "file", _("This is no text. Save the sheet as CSV (UTF-8)."), file))
