"""Rows as they are sent: bad ones name the field and the remedy, and nothing of what was sent."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrportal.kernel.tables import Row
from performance.wire import (
    FieldImpossible,
    parse_hire,
    parse_record,
    read_lines,
)

THIS_MONTH = date(2026, 11, 1)
GOOD: dict[str, Any] = {"employee_no": "E1", "period": "2026-02", "score": "84.9"}


def parse(**changes: Any) -> Any:
    return parse_record(Row(1, GOOD | changes), this_month=THIS_MONTH)


def fault(**changes: Any) -> str:
    with pytest.raises(FieldImpossible) as found:
        parse(**changes)
    return found.value.field


def test_a_full_row() -> None:
    row = parse(
        complaints="2",
        transactions="712",
        project_completion="0.854",
        target_attainment=1.237,
        metrics={"loans": 3},
    )
    assert row.period == date(2026, 2, 1)
    assert row.values({"cards": 1.0, "loans": 2.0}) == {
        "score": Decimal("84.90"),
        "complaints": 2,
        "transactions": 712,
        "project_completion": Decimal("0.8540"),
        "target_attainment": Decimal("1.2370"),
        "metrics": {"cards": 1.0, "loans": 3.0},
    }


def test_what_is_empty_says_nothing_and_null_takes_away() -> None:
    row = parse(complaints="", transactions=" ", target_attainment=None, metrics={"loans": None})
    assert (row.complaints, row.transactions, row.target_attainment) == (None, None, None)
    assert row.values({"loans": 2.0, "cards": 1.0}) == {
        "score": Decimal("84.90"),
        "target_attainment": None,
        "metrics": {"cards": 1.0},
    }


def test_own_measures_stand_in_columns_too() -> None:
    assert parse(**{"metric.loans": "12.5", "metric.cards": ""}).metrics == {"loans": 12.5}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"employee_no": ""}, "employee_no"),
        ({"employee_no": "E 1"}, "employee_no"),
        ({"employee_no": "E" * 41}, "employee_no"),
        ({"period": "2026-13"}, "period"),
        ({"period": "2026-2"}, "period"),
        ({"period": "2026-12"}, "period"),
        ({"score": ""}, "score"),
        ({"score": "100.5"}, "score"),
        ({"score": "NaN"}, "score"),
        ({"score": True}, "score"),
        ({"score": "八十"}, "score"),
        ({"complaints": "1.5", "transactions": "9"}, "complaints"),
        ({"complaints": "3"}, "transactions"),
        ({"complaints": "3", "transactions": "2"}, "transactions"),
        ({"transactions": str(2**31)}, "transactions"),
        ({"project_completion": "85"}, "project_completion"),
        ({"target_attainment": "-0.1"}, "target_attainment"),
        ({"metrics": [1]}, "metrics"),
        ({"metrics": {"a b": 1}}, "metrics"),
        ({"metrics": {"loans": "many"}}, "loans"),
        ({"metrics": {f"m{number}": 1 for number in range(31)}}, "metrics"),
    ],
)
def test_an_impossible_field_is_named(changes: dict[str, Any], field: str) -> None:
    assert fault(**changes) == field


def test_the_present_month_is_not_the_future() -> None:
    assert parse(period="2026-11").period == THIS_MONTH


def test_remedies_repeat_nothing_that_was_sent() -> None:
    with pytest.raises(FieldImpossible) as found:
        parse(employee_no="13800001234 secret")
    assert "secret" not in str(found.value)


anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("0123456789-.eE八 x", max_size=9)
    | st.lists(st.integers(), max_size=2)
)


@given(
    st.dictionaries(st.sampled_from([*GOOD, "complaints", "transactions", "metrics", "metric.x"]), anything)
)
def test_nonsense_is_a_row_error_never_a_crash(values: dict[str, Any]) -> None:
    try:
        row = parse_record(Row(1, GOOD | values), this_month=THIS_MONTH)
    except FieldImpossible:
        return
    assert 0 <= row.score <= 100


def test_a_hire() -> None:
    hire = parse_hire(Row(2, {"application_ref": "A-1", "employee_no": " E1 ", "onboarded_on": "2026-01-05"}))
    assert (hire.employee_no, hire.onboarded_on) == ("E1", date(2026, 1, 5))


@pytest.mark.parametrize("day", ["", "2026-02-30", "20260105", "05.01.2026"])
def test_no_such_day(day: str) -> None:
    with pytest.raises(FieldImpossible, match="YYYY-MM-DD"):
        parse_hire(Row(2, {"application_ref": "A-1", "employee_no": "E1", "onboarded_on": day}))


def test_lines_keep_their_numbers() -> None:
    assert list(read_lines(b"\xef\xbb\xbf{}\n\n{}\r\n")) == [(1, b"{}"), (3, b"{}")]
