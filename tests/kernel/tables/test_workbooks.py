"""Workbooks are read as streams: the right sheet, values as people see them, and no part beyond its size."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.utils import translation

from hrportal.kernel.tables import FileRefused, ReadTable, read_table
from tests.kernel.tables.files import HEAD, LAYOUT, with_part, workbook_of

GOOD = ("E1", "2026-02", 86.5, 1, 420)
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """What is said is looked for in one language."""
    with translation.override("en"):
        yield


def read(raw: bytes) -> ReadTable:
    return read_table(raw, LAYOUT)


def refused(raw: bytes) -> str:
    with pytest.raises(FileRefused) as found:
        read(raw)
    return found.value.error.message


def values(table: ReadTable, name: str) -> list[str]:
    return [str(row.values[name]) for row in table.rows]


def test_cells_read_as_people_see_them() -> None:
    def formats(book: Any) -> None:
        book.active["A5"].number_format = "00000"

    table = read(
        workbook_of(
            (10023, date(2026, 2, 1), 84.5),
            (None, None, None),
            ("00123", date(2026, 3, 31), 86.10000000000001),
            (123, 46082, 80),
            change=formats,
        )
    )
    assert values(table, "employee_no") == ["10023", "00123", "00123"]
    assert values(table, "period") == ["2026-02", "2026-03", "2026-03"]
    assert values(table, "score") == ["84.5", "86.1", "80"]
    assert [sorted(row.doubtful) for row in table.rows] == [["employee_no"], [], []]
    assert table.notes == ["Blank lines, skipped: 3."]


def test_numbers_that_lost_digits_are_errors_of_their_rows() -> None:
    table = read(workbook_of(GOOD, (440301199003071234, "2026-02", 80)))
    assert [(error.line, error.field) for error in table.errors] == [(3, "employee_no")]
    assert len(table.rows) == 1


def test_hidden_rows_are_read_and_named() -> None:
    def hide(book: Any) -> None:
        book.active.row_dimensions[3].hidden = True

    table = read(workbook_of(GOOD, ("E2", "2026-02", 80), GOOD, change=hide))
    assert [row.line for row in table.rows] == [2, 3, 4]
    assert table.notes == ["Hidden or filtered rows, included: 3."]


def test_a_merged_title_stands_above_the_headings() -> None:
    def title(book: Any) -> None:
        book.active.insert_rows(1)
        book.active["A1"] = "2026年2月员工绩效汇总表"
        book.active.merge_cells("A1:E1")

    table = read(workbook_of(GOOD, change=title))
    assert ([row.line for row in table.rows], table.notes) == (
        [3],
        ["Lines above the headings, not read: 1."],
    )


def sheets(*named: tuple[str, list[Any]], state: str = "visible") -> Callable[[Any], None]:
    def add(book: Any) -> None:
        book.active.title = "数据"
        for title, rows in named:
            sheet = book.create_sheet(title)
            sheet.sheet_state = state
            for row in rows:
                sheet.append(row)

    return add


def test_the_sheet_whose_headings_match_is_read() -> None:
    def first(book: Any) -> None:
        sheet = book.create_sheet("说明", 0)
        sheet.append(["请在第二张表填写"])

    table = read(workbook_of(GOOD, change=first))
    assert (len(table.rows), table.notes) == (1, ["The sheet “Sheet” was read. Not read: 说明."])


def test_two_sheets_that_match_are_refused_by_name() -> None:
    said = refused(workbook_of(GOOD, change=sheets(("三月", [HEAD, GOOD]))))
    assert "“数据”, “三月”" in said


def test_a_hidden_sheet_is_named_and_not_read() -> None:
    table = read(workbook_of(GOOD, change=sheets(("旧", [HEAD, GOOD]), state="hidden")))
    assert table.notes == ["The sheet “数据” was read. Not read: 旧."]


def written_by_others() -> bytes:
    """A workbook that keeps each text once, as most programs do."""
    raw = io.BytesIO()
    book = xlsxwriter.Workbook(raw, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, line in enumerate((HEAD, GOOD, GOOD)):
        sheet.write_row(number, 0, line)
    book.close()
    return raw.getvalue()


def test_texts_that_are_kept_once() -> None:
    assert values(read(written_by_others()), "employee_no") == ["E1", "E1"]
    assert "too large when unpacked" in refused(
        with_part(written_by_others(), "xl/sharedStrings.xml", b"0" * (49 * MIB))
    )
    assert "not an XLSX workbook" in refused(
        with_part(written_by_others(), "xl/sharedStrings.xml", b"<sst/>")
    )


def cells(xml: str) -> bytes:
    """A workbook whose second row is written by hand."""
    raw = workbook_of(GOOD)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    start, end = sheet.index('<row r="2"'), sheet.index("</sheetData>")
    return with_part(raw, "xl/worksheets/sheet1.xml", f"{sheet[:start]}{xml}{sheet[end:]}".encode())


def test_a_formula_has_the_value_that_was_saved_or_none() -> None:
    known = '<c r="A2" t="inlineStr"><is><r><t>E</t></r><r><t>1</t></r><rPh><t>yi</t></rPh></is></c>'
    known += '<c r="B2" t="str"><f>TEXT(1,1)</f><v>2026-02</v></c>'
    table = read(cells(f'<row r="2">{known}<c r="C2"><f>80+6</f><v>86</v></c></row>'))
    assert (values(table, "employee_no"), values(table, "score")) == (["E1"], ["86"])
    assert table.notes == ["2 cells contain formulas; the values saved in the file were used."]
    table = read(cells(f'<row r="2">{known}<c r="C2"><f>80+6</f></c></row>'))
    assert [(error.line, error.field) for error in table.errors] == [(2, "score")]
    assert "formula without a saved value" in table.errors[0].message


@pytest.mark.parametrize("cell", ['t="e"><v>#N/A</v>', 't="b"><v>1</v>', 't="d"><v>2026-02-01T00:00:00</v>'])
def test_errors_truths_and_dates_are_no_numbers(cell: str) -> None:
    table = read(
        cells(
            f'<row r="2"><c r="A2" t="str"><v>E1</v></c><c r="B2"><v>202602</v></c><c r="C2" {cell}</c></row>'
        )
    )
    assert [error.field for error in table.errors] == ["score"]


def test_counting_from_1904_is_told_by_the_workbook() -> None:
    def other_epoch(book: Any) -> None:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904

    assert values(read(workbook_of(("E1", date(2026, 2, 1), 80), change=other_epoch)), "period") == [
        "2026-02"
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("xl/worksheets/sheet1.xml", b"0" * (97 * MIB)),
        ("xl/styles.xml", b"0" * (9 * MIB)),
        ("xl/workbook.xml", b"0" * (2 * MIB)),
        (
            "xl/worksheets/sheet1.xml",
            b"<worksheet><sheetData><row>" + b"<c/>" * 100_000 + b"</row></sheetData></worksheet>",
        ),
        ("xl/worksheets/sheet1.xml", b"<a>" * 200 + b"</a>" * 200),
        ("xl/styles.xml", b"<styleSheet><cellXfs>" + b"<xf/>" * 100_000 + b"</cellXfs></styleSheet>"),
    ],
)
def test_a_part_that_unpacks_to_too_much_is_not_read(name: str, content: bytes) -> None:
    raw = with_part(workbook_of(GOOD), name, content)
    assert len(raw) < 200_000
    assert "too large when unpacked" in refused(raw)


@pytest.mark.parametrize("element", [b"<xf/>", b"<font/>"])
def test_a_small_workbook_costs_little(element: bytes) -> None:
    bomb = b"<styleSheet><fonts>" + element * (MIB // 4 // len(element)) + b"</fonts></styleSheet>"
    raw = with_part(workbook_of(GOOD), "xl/styles.xml", bomb)
    assert len(raw) < 12_000
    tracemalloc.start()
    assert len(read(raw).rows) == 1
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * MIB


def locked(raw: bytes) -> bytes:
    """The bit that says that a part is encrypted, in its own header and in the index."""
    changed = bytearray(raw)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


def unknown_method(raw: bytes) -> bytes:
    changed = bytearray(raw)
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset] = 97
            at = changed.find(mark, at + 4)
    return bytes(changed)


def torn(raw: bytes) -> bytes:
    at = raw.find(b"xl/worksheets/sheet1.xml") + len("xl/worksheets/sheet1.xml")
    return raw[: at + 10] + b"\xff" * 20 + raw[at + 30 :]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda raw: raw[: len(raw) // 2], "not an XLSX workbook"),
        (lambda raw: with_part(raw, "xl/workbook.xml", None), "not an XLSX workbook"),
        (lambda raw: with_part(raw, "_rels/.rels", None), "not an XLSX workbook"),
        (lambda raw: with_part(raw, "xl/worksheets/sheet1.xml", None), "not an XLSX workbook"),
        (lambda raw: with_part(raw, "xl/worksheets/sheet1.xml", b"<worksheet"), "not an XLSX workbook"),
        (
            lambda raw: with_part(
                raw,
                "xl/worksheets/sheet1.xml",
                b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>',
            ),
            "not an XLSX workbook",
        ),
        (unknown_method, "not an XLSX workbook"),
        (torn, "not an XLSX workbook"),
        (locked, "has a password"),
        (lambda _raw: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old XLS format"),
    ],
)
def test_what_cannot_be_read_has_a_remedy(damage: Callable[[bytes], bytes], says: str) -> None:
    assert says in refused(damage(workbook_of(GOOD)))
