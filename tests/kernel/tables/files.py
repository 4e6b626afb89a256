"""Files as people hand them in, built in a few lines."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook

from hrportal.kernel.tables import Column, Kind, Layout

HEAD = ("employee_no", "period", "score", "complaints", "transactions")
LAYOUT = Layout(
    columns=(
        Column("employee_no", Kind.CODE, ("工号", "Employee number"), is_required=True),
        Column("period", Kind.MONTH, ("月份",), is_required=True),
        Column("score", Kind.NUMBER, ("绩效得分",), is_required=True),
        Column("complaints", Kind.NUMBER, ("投诉数",)),
        Column("transactions", Kind.NUMBER, ("业务笔数",)),
        Column("share", Kind.RATIO),
        Column("first_day", Kind.DAY),
        Column("name", Kind.TEXT, ("姓名",)),
    ),
    most_rows=50,
    open_prefix="metric.",
)


def csv_of(*lines: Sequence[Any] | str, head: Sequence[str] = HEAD, encoding: str = "utf-8") -> bytes:
    """Lines as CSV with commas; a text stands as it is."""
    texts = (line if isinstance(line, str) else ",".join(map(str, line)) for line in (head, *lines))
    return "".join(f"{text}\r\n" for text in texts).encode(encoding)


def workbook_of(
    *lines: Sequence[Any], head: Sequence[Any] = HEAD, change: Callable[[Any], None] | None = None
) -> bytes:
    """One sheet; ``change`` is given the workbook before it is saved."""
    book = Workbook()
    sheet: Any = book.active
    for line in (head, *lines):
        sheet.append(list(line))
    if change is not None:
        change(book)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def with_part(raw: bytes, name: str, content: bytes | None, *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same archive with a part replaced, or left out."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(kept, "w", method) as new:
        for part in {*old.namelist(), name}:
            if part != name:
                new.writestr(part, old.read(part))
            elif content is not None:
                new.writestr(part, content)
    return kept.getvalue()
