"""Cells that no spreadsheet runs, in both formats."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from branches.rendering.tables import Cell, plain, safe_text, start_table

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
        assert all(cell.data_type in {"s", "n", "inlineStr"} for cell in row if cell.value is not None)
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


@pytest.mark.parametrize("text", ["王小明", "a=b", "深圳-福田", "O'Brien", "", "1+1", "'=1"])
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
    assert csv_rows(made("csv", *cells))[2] == [safe_text(cell) for cell in cells]


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
    assert xlsx_rows(made("xlsx", *row))[2] == [87.5, -3, None, "2026-12-01", "2026-11-04 10:00"]
    assert plain(None) == ""


def test_nothing_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise AssertionError("A temporary file was made.")

    for name in ("mkstemp", "NamedTemporaryFile", "TemporaryFile", "mkdtemp"):
        monkeypatch.setattr(f"tempfile.{name}", refuse)
    assert len(xlsx_rows(made("xlsx", "x"))) == 3
