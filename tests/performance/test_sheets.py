"""Workbooks and files of records: read as rows, never computed, never more than a list of records."""

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from performance.wire import (
    MOST_RECORDS,
    FieldImpossible,
    FileRefused,
    Row,
    RowError,
    parse_record,
    read_records_file,
)

HEAD = ("employee_no", "period", "score")
THIS_MONTH = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """What is said is looked for in one language."""
    with translation.override("en"):
        yield


def workbook(*lines: Any, head: Any = HEAD) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in (head, *lines):
        sheet.append(line)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def refused(raw: bytes) -> str:
    with pytest.raises(FileRefused) as found:
        list(read_records_file(raw))
    return found.value.error.message


def test_cells_read_as_people_see_them() -> None:
    raw = workbook(
        (10023, date(2026, 2, 1), 84.5),
        (None, None, None),
        ("E1", "2026-03", "90"),
        ("E1", date(2026, 4, 17), 10023.0),
    )
    assert list(read_records_file(raw)) == [
        Row(2, {"employee_no": "10023", "period": "2026-02", "score": "84.5"}),
        Row(4, {"employee_no": "E1", "period": "2026-03", "score": "90"}),
        Row(5, {"employee_no": "E1", "period": "2026-04-17", "score": "10023"}),
    ]


def test_a_formula_is_an_error_of_its_row() -> None:
    good, bad = read_records_file(workbook(("E1", "2026-02", 80), ("E1", "2026-03", "=SUM(A1:A9)")))
    assert parse_record(good, this_month=THIS_MONTH).score == 80
    with pytest.raises(FieldImpossible, match="formula") as found:
        parse_record(bad, this_month=THIS_MONTH)
    assert found.value.field == "score"


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (25 * 1024 * 1024))
    assert len(raw.getvalue()) < 100_000
    assert "unpacks to more" in refused(raw.getvalue())


def test_too_many_rows_are_refused() -> None:
    rows = "\n".join(f"E{number},2026-02,80" for number in range(MOST_RECORDS + 1))
    assert "split it" in refused(f"{','.join(HEAD)}\n{rows}\n".encode())


def without(name: str) -> Callable[[bytes], bytes]:
    """A workbook that lost one of its parts."""

    def cut(raw: bytes) -> bytes:
        kept = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(kept, "w") as new:
            for part in old.namelist():
                if part != name:
                    new.writestr(part, old.read(part))
        return kept.getvalue()

    return cut


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        without("xl/workbook.xml"),
        without("[Content_Types].xml"),
        without("xl/worksheets/sheet1.xml"),
    ],
)
def test_a_damaged_workbook_is_refused(damage: Callable[[bytes], bytes]) -> None:
    assert "no Excel workbook" in refused(damage(workbook(("E1", "2026-02", 80))))


def test_entities_are_not_expanded() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(raw, "w") as new:
        for part in old.namelist():
            new.writestr(part, bomb if part == "xl/worksheets/sheet1.xml" else old.read(part))
    assert "no Excel workbook" in refused(raw.getvalue())


def outcome_of(raw: bytes) -> list[Any]:
    """The records, or the one thing that is wrong."""
    try:
        return [parse_record(row, this_month=THIS_MONTH) for row in read_records_file(raw)]
    except FieldImpossible as wrong:
        return [wrong.at(1)]
    except FileRefused as refusal:
        return [refusal.error]


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda raw: b"PK\x03\x04" + raw))
def test_whatever_is_uploaded_is_rows_or_a_refusal(raw: bytes) -> None:
    assert outcome_of(raw)


cells = st.none() | st.text(max_size=8) | st.sampled_from(["E1", "2026-02", "80", "=1", "-1", "八十"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=4))
def test_any_csv_line_is_a_record_or_names_its_field(lines: list[tuple[str | None, ...]]) -> None:
    body = "\n".join(",".join((cell or "").replace(",", "") for cell in line) for line in lines)
    found = outcome_of(f"{','.join(HEAD)}\n{body}".encode("utf-8", "replace"))
    assert found
    assert {one.field for one in found if isinstance(one, RowError)} <= {*HEAD, "file"}
