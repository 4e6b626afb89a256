"""Every line of a file is a row, an error with line, column and remedy, or is named as left out."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from hrportal.kernel.tables import (
    LEFT_OUT,
    FileRefused,
    Layout,
    ReadTable,
    heading_key,
    read_table,
    table_file,
)
from tests.kernel.tables.files import HEAD, LAYOUT, csv_of, workbook_of

GOOD = ("E1", "2026-02", "86.5", "1", "420")
VALUES = {
    "employee_no": "E1",
    "period": "2026-02",
    "score": Decimal("86.5"),
    "complaints": Decimal(1),
    "transactions": Decimal(420),
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """What is said is looked for in one language."""
    with translation.override("en"):
        yield


def read(raw: bytes, layout: Layout = LAYOUT, told: dict[str, str] | None = None) -> ReadTable:
    return read_table(raw, layout, told=told)


def refused(raw: bytes, layout: Layout = LAYOUT) -> FileRefused:
    with pytest.raises(FileRefused) as found:
        read(raw, layout)
    return found.value


def lines(table: ReadTable) -> list[int]:
    return [row.line for row in table.rows]


def wrong(table: ReadTable) -> list[tuple[int, str]]:
    return [(error.line, error.field) for error in table.errors]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_whatever_program_saved_it(encoding: str, separator: str, end: str) -> None:
    head = ("工号", "月份", "绩效得分", "投诉数", "业务笔数")
    text = end.join(separator.join(line) for line in (head, GOOD)) + end
    table = read(text.encode(encoding))
    assert [(row.line, dict(row.values)) for row in table.rows] == [(2, VALUES)]
    assert (table.errors, table.notes) == ([], [])


@pytest.mark.parametrize("told", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_line_that_names_the_separator(told: str) -> None:
    raw = f"{told}\r\n{';'.join(HEAD)}\r\n{';'.join(GOOD)}\r\n".encode()
    assert lines(read(raw)) == [3]


def test_a_separator_that_nobody_uses_is_refused() -> None:
    assert "comma, semicolon or tab" in str(refused(b"sep=|\r\na|b\r\n"))


def test_headings_are_known_however_they_are_written() -> None:
    head = ("Employee_No ", " PERIOD", "Score", "投 诉 数", "业务笔数*")
    assert dict(read(csv_of(GOOD, head=head)).rows[0].values) == VALUES


@pytest.mark.parametrize("second", ["score", "SCORE", "绩效得分"])
def test_a_heading_twice_refuses_the_file(second: str) -> None:
    head = ("employee_no", "period", "score", second)
    for raw in (csv_of(GOOD, head=head), workbook_of(GOOD, head=head)):
        assert "Columns C and D are both “score”" in str(refused(raw))


def test_titles_blank_lines_totals_and_repeated_headings_are_named() -> None:
    raw = csv_of(
        "2026年2月员工绩效汇总表,,,,",
        ",,,,",
        ",".join(HEAD),
        GOOD,
        ",,,,",
        ",".join(HEAD),
        ("E2", "2026-02", "80", "", ""),
        "合计,,166.5,1,420",
        "Total:,,166.5,1,420",
        ",,,,",
        head=("",),
    )
    table = read(raw)
    assert (lines(table), table.errors) == ([5, 8], [])
    assert table.notes == [
        "Lines above the headings, not read: 2.",
        "Blank lines, skipped: 6.",
        "Rows with totals, skipped: 9, 10.",
        "Repeated heading rows, skipped: 7.",
    ]


def test_a_wrong_cell_names_line_column_and_value_and_leaves_the_others() -> None:
    table = read(csv_of(GOOD, ("E2", "25-Oct", "80", "", ""), ("1.00235E+11", "2026-02", "80", "", ""), GOOD))
    assert (lines(table), wrong(table)) == ([2, 5], [(3, "period"), (4, "employee_no")])
    assert [error.value for error in table.errors] == ["25-Oct", "1.00235E+11"]
    assert "25-Oct" not in str(table.errors[0])


def test_a_value_without_a_heading_is_no_row() -> None:
    table = read(csv_of(GOOD, "E2,2026-02,86,5,420,7", ("E3", "2026-02", "80")))
    assert (lines(table), wrong(table)) == ([2, 4], [(3, "F")])


@pytest.mark.parametrize("broken", ['E2,"2026-02,80,,', 'E2,"2026-02"x,80,,', '"E2,2026-02,80,,\n"E9",x'])
def test_a_quotation_mark_swallows_no_other_line(broken: str) -> None:
    table = read(csv_of(GOOD, broken, ("E3", "2026-02", "80", "", ""), '"E4",2026-02,80,,'))
    assert {"E1", "E3", "E4"} <= {row.values["employee_no"] for row in table.rows}
    assert table.errors[0].line == 3


def test_a_cell_may_hold_line_breaks() -> None:
    raw = csv_of('E1,2026-02,80,"王\n芳"', GOOD, head=("employee_no", "period", "score", "name"))
    assert lines(read(raw)) == [2, 4] or wrong(read(raw)) == [(4, "E")]


def test_damaged_text_is_not_read_as_other_text() -> None:
    good = csv_of(*[("E1", "2026-02", "80", "王芳王芳")] * 3, head=("employee_no", "period", "score", "姓名"))
    cut = good.replace("王芳王芳".encode(), "王芳王芳".encode()[:-1], 1)
    assert refused(cut).error.line == 2
    assert "neither text" in str(refused(b"\xff\xff\xff"))
    assert "neither text" in str(refused(b"employee_no\0,period\r\n"))


def test_unknown_headings_are_asked_about_and_what_people_say_holds() -> None:
    raw = csv_of(("E1", "2026-02", "86.5", "王芳"), head=("No", "period", "score", "备注"))
    refusal = refused(raw)
    assert (refusal.error.line, refusal.headings) == (1, ("No", "备注"))
    table = read(raw, told={heading_key("No"): "employee_no", "备注": LEFT_OUT})
    assert dict(table.rows[0].values) == {"employee_no": "E1", "period": "2026-02", "score": Decimal("86.5")}
    assert table.notes == ["These columns were not read: 备注."]
    assert table.headings == {"No": "employee_no", "period": "period", "score": "score", "备注": ""}


def test_own_measures_stand_under_their_own_headings() -> None:
    table = read(
        csv_of(("E1", "2026-02", "80", "12"), head=("employee_no", "period", "score", "Metric.New-Customers"))
    )
    assert table.rows[0].values["metric.New-Customers"] == Decimal(12)


def test_too_many_rows_none_and_nothing() -> None:
    assert "holds at most 50 rows" in str(refused(csv_of(*[GOOD] * 51)))
    assert "no rows below" in str(refused(csv_of()))
    for empty in (b"", b"\r\n,,\r\n"):
        assert "file is empty" in str(refused(empty))


def test_a_table_stands_as_one_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"branches\.csv"):
        table_file(tmp_path, "branches")
    (tmp_path / "branches.xlsx").touch()
    assert table_file(tmp_path, "branches").name == "branches.xlsx"
    (tmp_path / "branches.csv").touch()
    with pytest.raises(FileRefused, match="also"):
        table_file(tmp_path, "branches")


cells = (
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(["E1", "2026-02", "80", "=1", '"', "合计", "八十", "1E+20"])
)


@settings(max_examples=150)
@given(st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_no_line_is_lost(rows: list[tuple[str | None, ...]]) -> None:
    texts = [
        ",".join("".join(character for character in cell or "" if character not in ',"\r\n') for cell in row)
        for row in rows
    ]
    try:
        table = read(csv_of(GOOD[:3], *texts, head=HEAD[:3], encoding="utf-8"))
    except (FileRefused, UnicodeEncodeError):
        return
    named = {
        int(word)
        for note in table.notes
        for word in note.replace(",", " ").replace(".", " ").split()
        if word.isdigit()
    }
    told = {*lines(table), *(error.line for error in table.errors), *named}
    # Separators alone are a blank line, whichever separates the others.
    blank = {number for number, text in enumerate(texts, 3) if not text.strip(",;\t ")}
    assert set(range(2, len(texts) + 3)) - blank <= told


@settings(max_examples=150)
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda raw: b"PK\x03\x04" + raw))
def test_whatever_is_uploaded_is_a_table_or_a_refusal(raw: bytes) -> None:
    try:
        found: Any = read(raw)
    except FileRefused as refusal:
        found = refusal.error.message
    assert found
