"""Cells that no spreadsheet runs, in both formats."""

import csv
import io
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from hrportal.kernel import texts
from hrportal.kernel.tables import Column, Kind, Layout, read_table
from hrportal.kernel.tables.writing import TABLES, Cell, lasting_text, plain, safe_text, start_table

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "\x00=1+1",
    "＝1+1",
    "＠SUM(1)",
    '=HYPERLINK("https://example.com","x")',
    '","=1+1',
]
STARTS = tuple("=+-@＝＋－＠")


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def xlsx_rows(content: bytes) -> list[list[object]]:
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    for row in sheet.iter_rows():
        assert all(cell.data_type in {"s", "n", "d", "inlineStr"} for cell in row if cell.value is not None)
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def made(kind: str, *cells: Cell) -> bytes:
    table = start_table(kind, watermark=["Confidential"], header=["A"])
    table.add(cells)
    return table.content()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_run_becomes_text(text: str) -> None:
    (cell,) = csv_rows(made("csv", text))[2]
    assert not cell.lstrip().startswith(STARTS)
    (shown, *_) = xlsx_rows(made("xlsx", text))[2]
    assert not str(shown).lstrip().startswith(STARTS)


@pytest.mark.parametrize("text", ["王小明", "a=b", "深圳-福田", "O'Brien", "", "1+1"])
def test_what_is_harmless_stays(text: str) -> None:
    assert safe_text(text) == text


@given(st.text(max_size=60))
def test_no_text_starts_a_formula_and_none_is_lost(text: str) -> None:
    safe = safe_text(text)
    assert not safe.lstrip("\t\r\n \u3000\ufeff\u200b").startswith(STARTS)
    assert safe[:1] not in {"\t", "\r", "\n"}
    # The cell is what it was, with at most the apostrophe in front and without what no file can hold.
    assert safe.removeprefix("'") in (text, text.removeprefix("'")) or len(safe) < len(text) + 1


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_csv_comes_back_cell_by_cell(cells: list[str]) -> None:
    assert csv_rows(made("csv", *cells))[2] == [lasting_text(cell) for cell in cells]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4))
def test_xlsx_always_opens_and_holds_no_formula(cells: list[str]) -> None:
    content = made("xlsx", *cells, "end")
    rows = xlsx_rows(content)
    assert rows[2][len(cells)] == "end"
    assert b"<f>" not in ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_numbers_stay_numbers_and_dates_are_year_first() -> None:
    moment = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)
    row = (Decimal("87.50"), -3, None, date(2026, 12, 1), moment)
    assert csv_rows(made("csv", *row))[2] == ["87.50", "-3", "", "2026-12-01", "2026-11-04 10:00"]
    assert xlsx_rows(made("xlsx", *row))[2] == [
        87.5,
        -3,
        None,
        datetime(2026, 12, 1),  # noqa: DTZ001 - a workbook knows no zones
        datetime(2026, 11, 4, 10, 0),  # noqa: DTZ001 - cells of a workbook know no zone
    ]
    assert plain(None) == ""


def test_nothing_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("A temporary file was made.")

    for name in ("mkstemp", "NamedTemporaryFile", "TemporaryFile", "mkdtemp"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    assert len(xlsx_rows(made("xlsx", "x"))) == 3


# As a table of employees leaves: a code, a month, a day, a number, a name.
LAYOUT = Layout(
    columns=(
        Column("employee_no", Kind.CODE, is_required=True),
        Column("period", Kind.MONTH, is_required=True),
        Column("first_day", Kind.DAY),
        Column("score", Kind.NUMBER),
        Column("name", Kind.TEXT),
    ),
    most_rows=100,
)
DATES = (r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", r"(\d{4})[-/](\d{1,2})()", r"(\d{1,2})-(\d{1,2})()")


def rewritten(cell: str) -> str:
    """What a spreadsheet makes of a cell of a CSV that it opens and saves."""
    if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", cell):
        number = float(cell)
        return f"{number:.5E}" if abs(number) >= 1e11 else f"{number:.15g}"
    if found := re.fullmatch(DATES[0], cell):
        return "/".join(str(int(part)) for part in found.groups())
    if found := re.fullmatch(DATES[1], cell):
        return f"{date(int(found[1]), int(found[2]), 1):%b-%y}" if 1 <= int(found[2]) <= 12 else cell
    return cell.upper() if cell.lower() in ("true", "false") else cell


def opened_and_saved(raw: bytes, *, separator: str, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerows([rewritten(cell) for cell in row] for row in csv_rows(raw))
    return text.getvalue().encode(encoding)


codes = st.from_regex(
    r"[0-9]{1,19}|[0-9]{1,6}[eE][0-9]{1,3}|[A-Z]{1,4}-?[0-9]{1,6}|[0-9]{1,2}-[0-9]{1,2}", fullmatch=True
)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
names = st.text("王芳é'=+-@ 0123456789.,; \"/年AprtrueE", min_size=1, max_size=12).map(str.strip).filter(bool)
rows = st.tuples(
    codes,
    days.map(lambda day: f"{day:%Y-%m}"),
    st.none() | days,
    st.none() | st.decimals(-(10**6), 10**6, places=2, allow_nan=False),
    names,
)


@pytest.mark.parametrize("kind", list(TABLES))
@settings(max_examples=150)
@given(row=rows, separator=st.sampled_from([",", "\t"]), encoding=st.sampled_from(["utf-8-sig", "utf-16"]))
def test_what_leaves_comes_back_even_through_a_spreadsheet(
    kind: str, row: tuple[Any, ...], separator: str, encoding: str
) -> None:
    table = start_table(kind, watermark=["Confidential"], header=LAYOUT.names)
    table.add(row)
    content = table.content()
    saved = [content]
    if kind == "csv":
        saved.append(opened_and_saved(content, separator=separator, encoding=encoding))
    for raw in saved:
        found = read_table(raw, LAYOUT)
        assert found.errors == []
        (read,) = found.rows
        day, score = (row[2].isoformat() if row[2] else ""), ("" if row[3] is None else row[3])
        assert tuple(read.values.values()) == (row[0], row[1], day, score, texts.line(row[4]))
        assert "employee_no" not in read.doubtful
