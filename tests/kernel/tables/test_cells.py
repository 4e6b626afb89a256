"""One cell has one meaning in its column, or is refused with the remedy."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from hrportal.kernel.tables import CellImpossible, Kind
from hrportal.kernel.tables.cells import (
    EPOCHS,
    CellKind,
    Habits,
    RawCell,
    Stored,
    may_have_lost_zeros,
    read_cell,
)

SEMICOLONS = Habits(has_decimal_comma=True)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """What is said is looked for in one language."""
    with translation.override("en"):
        yield


def number(text: str, *, digits: int = 0, epoch: date = EPOCHS[0]) -> Stored:
    return Stored(CellKind.NUMBER, text, digits, epoch)


def read(cell: RawCell, kind: Kind, habits: Habits | None = None) -> object:
    return read_cell(cell, kind, habits or Habits())


def refused(cell: RawCell, kind: Kind, habits: Habits | None = None) -> str:
    with pytest.raises(CellImpossible) as wrong:
        read(cell, kind, habits)
    return str(wrong.value)


@pytest.mark.parametrize(
    "spelling",
    [
        *(
            "2025-10",
            "2025-1O".replace("O", "0"),
            "2025/10",
            "2025.10",
            "2025年10月",
            "2025年10月份",
            "25年10月",
        ),
        *(
            "202510",
            "10/2025",
            "10-2025",
            "Oct-25",
            "October 2025",
            "oct. 2025",
            "2025-Oct",
            "２０２５－１０",
        ),
        *("2025-10-01", "2025/10/1", "2025-10-31", "20251001", "2025-10-01 00:00:00", "45931", "'2025-10"),
        "\u200b2025-10 ",
    ],
)
def test_a_month_in_any_spelling_that_has_one_meaning(spelling: str) -> None:
    assert read(spelling, Kind.MONTH) == "2025-10"


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "25-Oct",
            "2025.1",
            "10/11/2025",
            "1/2/2026",
            "2025-10-17",
            "2025-13",
            "2025",
            "10",
            "Oct",
            "45946",
            "46081",
        ),
        *("2025Q4", "2025-10-11-12", "much", "1e5"),
        number("45946"),
        number("2025.1"),
        Stored(CellKind.DATE, "2025-10-17"),
    ],
)
def test_a_month_that_could_be_two_or_none_is_refused(cell: RawCell) -> None:
    assert "2026-11" in refused(cell, Kind.MONTH)


def test_a_month_of_a_workbook() -> None:
    assert read(Stored(CellKind.DATE, "2026-02-28"), Kind.MONTH) == "2026-02"
    assert read(number("202602"), Kind.MONTH) == "2026-02"
    assert read(number("46081"), Kind.MONTH) == "2026-02"
    assert read(number("44592", epoch=EPOCHS[1]), Kind.MONTH) == "2026-02"


@given(
    st.dates(date(2000, 1, 1), date(2060, 12, 31)),
    st.sampled_from(["{:%Y-%m}", "{:%Y/%m}", "{:%Y年%m月}", "{:%Y%m}", "{:%m/%Y}", "{:%b-%y}", "{:%B %Y}"]),
)
def test_every_month_in_every_spelling_is_that_month(day: date, spelling: str) -> None:
    assert read(spelling.format(day), Kind.MONTH) == f"{day:%Y-%m}"


@given(
    st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    st.sampled_from(
        ["{:%Y-%m-%d}", "{:%Y/%m/%d}", "{:%Y年%m月%d日}", "{:%Y%m%d}", "{:%d-%b-%Y}", "{:%B %d, %Y}"]
    ),
)
def test_every_day_in_every_spelling_is_that_day(day: date, spelling: str) -> None:
    assert read(spelling.format(day), Kind.DAY) == day.isoformat()


@given(st.integers(1, 12), st.integers(1, 28))
def test_a_day_that_could_be_a_month_is_refused(month: int, day: int) -> None:
    if day <= 12 and day != month:
        assert "ambiguous" in refused(f"{month}/{day}/2026", Kind.DAY)
    else:
        assert read(f"{month}/{day}/2026", Kind.DAY) == f"2026-{month:02}-{day:02}"


def test_a_counted_day_needs_the_workbook_that_says_from_when() -> None:
    assert "ambiguous" in refused("46357", Kind.DAY)
    assert read(number("46357"), Kind.DAY) == (EPOCHS[0] + timedelta(46357)).isoformat() == "2026-12-01"


@pytest.mark.parametrize(
    ("cell", "habits", "value"),
    [
        ("86.5", Habits(), "86.5"),
        ("８６．５", Habits(), "86.5"),
        ("87.0", Habits(), "87"),
        ("1,234", Habits(), "1234"),
        ("1,234,567.5", Habits(), "1234567.5"),
        ("86,5", Habits(), "86.5"),
        ("86,5", SEMICOLONS, "86.5"),
        ("1.234,5", SEMICOLONS, "1234.5"),
        ("0,954", SEMICOLONS, "0.954"),
        ("8.65E+01", Habits(), "86.5"),
        ("−3", Habits(), "-3"),
        (number("86.10000000000001"), Habits(), "86.1"),
    ],
)
def test_numbers(cell: RawCell, habits: Habits, value: str) -> None:
    assert read(cell, Kind.NUMBER, habits) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "habits"),
    [
        ("1,234", SEMICOLONS),
        ("1.234", SEMICOLONS),
        ("八十", Habits()),
        ("86分", Habits()),
        ("95%", Habits()),
        ("1,23,4", Habits()),
        ("NaN", Habits()),
        ("0x10", Habits()),
        (Stored(CellKind.DATE, "2026-02-01"), Habits()),
        (Stored(CellKind.BOOLEAN, "1"), Habits()),
        (Stored(CellKind.ERROR, "#N/A"), Habits()),
        (Stored(CellKind.FORMULA), Habits()),
    ],
)
def test_what_is_no_number_or_two_is_refused(cell: RawCell, habits: Habits) -> None:
    assert refused(cell, Kind.NUMBER, habits)


def test_a_share_may_be_a_percentage() -> None:
    assert read("95%", Kind.RATIO) == read("0.95", Kind.RATIO) == Decimal("0.95")


@pytest.mark.parametrize(
    ("cell", "value", "is_doubtful"),
    [
        ("00123", "00123", False),
        ("'00123", "00123", False),
        ("'123", "123", False),
        ("123", "123", True),
        ("10023.0", "10023", True),
        ("Ｅ１２", "E12", False),
        ("5E3", "5E3", False),
        (number("10023"), "10023", True),
        (number("123", digits=5), "00123", False),
    ],
)
def test_codes_keep_their_zeros_or_are_doubtful(cell: RawCell, value: str, is_doubtful: bool) -> None:
    assert read(cell, Kind.CODE) == value
    assert may_have_lost_zeros(cell, Habits()) is is_doubtful


def test_a_text_cell_of_a_workbook_has_lost_nothing() -> None:
    assert not may_have_lost_zeros("123", Habits(keeps_texts=True))


@pytest.mark.parametrize(
    "cell",
    [
        "1.00235E+11",
        "4.4E+17",
        "440301199003070000",
        number("4.403012001021501e+17"),
        number("86.5"),
        Stored(CellKind.DATE, "2026-03-04"),
    ],
)
def test_a_code_that_lost_digits_is_refused(cell: RawCell) -> None:
    assert "Format the column as text" in refused(cell, Kind.CODE)


@given(st.text(max_size=20), st.sampled_from(Kind), st.booleans())
def test_any_text_is_a_value_or_refused(text: str, kind: Kind, has_comma: bool) -> None:
    try:
        read(text, kind, Habits(has_comma))
    except CellImpossible:
        return
