"""Monthly records: what is right goes in, what is wrong is named, what was corrected stays known."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from branches.models import Branch, Position
from branches.roles import Role
from hrportal.kernel.tables import Row
from performance.models import Analysis, Hire, PerformanceRecord, RecordCorrection
from performance.operations.records import RecordsOutcome, record_performance
from tests.factories import NOW, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


def hire(number: str = "E1", *, branch: str = "440201", onboarded_on: date = date(2026, 1, 5)) -> Hire:
    return Hire.objects.create(
        employee_no=number,
        branch=Branch.objects.get(code=branch),
        position=Position.objects.get(code="TELLER"),
        season="2025-autumn",
        onboarded_on=onboarded_on,
        recorded_at=NOW,
    )


def row(line: int = 1, **changes: Any) -> Row:
    return Row(line, {"employee_no": "E1", "period": "2026-02", "score": "84.9"} | changes)


def record(*rows: Row, **how: Any) -> RecordsOutcome:
    given: dict[str, Any] = {"rows": rows, "now": NOW, "source": "file"}
    return record_performance(**given | how)


def test_a_month_goes_in_once() -> None:
    hire()
    assert record(row()).created == 1
    outcome = record(row())
    assert (outcome.created, outcome.corrected, outcome.unchanged) == (0, 0, 1)
    assert PerformanceRecord.objects.get().score == Decimal("84.90")
    assert not RecordCorrection.objects.exists()


def test_a_correction_leaves_what_was_there() -> None:
    hire()
    clerk = make_staff(Role.CITY_HR, "440200")
    record(row(metrics={"loans": 2}))
    later = NOW + timedelta(days=1)
    assert record(row(score="70", metrics={"loans": 3}), now=later, by=clerk, source="api").corrected == 1
    correction = RecordCorrection.objects.get()
    assert correction.before == {"score": "84.90", "metrics": {"loans": 2.0}}
    assert correction.after == {"score": "70.00", "metrics": {"loans": 3.0}}
    assert (correction.by, correction.at, correction.source) == (clerk, later, "api")
    kept = PerformanceRecord.objects.get()
    assert (kept.score, kept.recorded_by, kept.recorded_at) == (Decimal(70), clerk, later)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"employee_no": "E404"}, "employee_no"),
        ({"score": "101"}, "score"),
        ({"period": "2026-12"}, "period"),
        ({"period": "2025-12"}, "period"),
    ],
)
def test_a_wrong_row_is_named_and_the_rest_goes_in(changes: dict[str, Any], field: str) -> None:
    hire()
    outcome = record(row(2, **changes), row(3))
    assert [(error.line, error.field) for error in outcome.errors] == [(2, field)]
    assert outcome.created == PerformanceRecord.objects.count() == 1


def test_what_a_row_does_not_say_stays() -> None:
    hire()
    record(
        row(complaints="2", transactions="400", project_completion="0.9", metrics={"loans": 2, "cards": 1})
    )
    assert record(row(score="70")).corrected == 1
    record(row(2, score="70", complaints="", **{"metric.loans": "5", "metric.cards": ""}))
    kept = PerformanceRecord.objects.get()
    assert (kept.score, kept.complaints, kept.transactions) == (Decimal(70), 2, 400)
    assert (kept.project_completion, kept.metrics) == (Decimal("0.9"), {"loans": 5, "cards": 1})


def test_null_takes_a_value_away() -> None:
    hire()
    record(
        row(complaints="2", transactions="400", project_completion="0.9", metrics={"loans": 2, "cards": 1})
    )
    record(row(complaints=None, project_completion=None, metrics={"loans": None}))
    kept = PerformanceRecord.objects.get()
    assert (kept.complaints, kept.transactions, kept.project_completion) == (None, 400, None)
    assert kept.metrics == {"cards": 1}


def test_complaints_stay_within_transactions_whichever_is_sent_alone() -> None:
    hire()
    record(row(complaints="20", transactions="400"))
    outcome = record(row(2, transactions="10"), row(3, period="2026-03", score="60"))
    assert [(error.line, error.field) for error in outcome.errors] == [(2, "transactions")]
    assert outcome.created == 1
    assert PerformanceRecord.objects.get(period=date(2026, 2, 1)).transactions == 400


def test_the_same_month_twice_is_asked_back() -> None:
    hire()
    outcome = record(row(2), row(3, score="70"))
    assert [(error.line, error.field) for error in outcome.errors] == [(3, "period")]
    assert PerformanceRecord.objects.get().score == Decimal("84.90")


def test_errors_stand_in_the_order_of_the_rows() -> None:
    outcome = record(row(2), row(3, score="x"), row(4))
    assert [error.line for error in outcome.errors] == [2, 3, 4]


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    hire()
    record(row())
    outcome = record(row(1, score="70"), row(2, period="2026-03"), row(3, score="x"), dry_run=True)
    assert (outcome.created, outcome.corrected, len(outcome.errors)) == (1, 1, 1)
    assert PerformanceRecord.objects.get().score == Decimal("84.90")
    assert not RecordCorrection.objects.exists()


def test_employees_of_others_are_unknown() -> None:
    hire("E1", branch="440201")
    hire("E2", branch="320100")
    mine = Hire.objects.filter(branch__code="440201")
    outcome = record(row(1), row(2, employee_no="E2"), among=mine)
    assert outcome.created == 1
    assert [(error.line, error.field) for error in outcome.errors] == [(2, "employee_no")]


def test_new_months_have_the_season_analysed_again() -> None:
    hire()
    analysis = Analysis.objects.create(
        season="2025-autumn", branch=Branch.objects.get(code="440000"), wanted_at=NOW, computed_at=NOW
    )
    later = NOW + timedelta(hours=1)
    record(row(), now=later)
    analysis.refresh_from_db()
    assert analysis.wanted_at == later
    record(row(), now=later + timedelta(hours=1))
    analysis.refresh_from_db()
    assert analysis.wanted_at == later


def test_many_rows_cost_as_many_queries_as_few(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(40):
        hire(f"E{number}")
    rows = [row(number, employee_no=f"E{number}") for number in range(40)]
    with django_assert_max_num_queries(20):
        assert record(*rows).created == 40


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": date(2026, 2, 2)},
        {"score": 101},
        {"project_completion": 2},
        {"target_attainment": 11},
        {"complaints": 1},
        {"complaints": 3, "transactions": 2},
    ],
)
def test_the_database_refuses_what_the_rows_must_not_say(wrong: dict[str, Any]) -> None:
    values = {"hire": hire(), "period": date(2026, 2, 1), "score": 80, "recorded_at": NOW, "source": "file"}
    with pytest.raises(IntegrityError), transaction.atomic():
        PerformanceRecord.objects.create(**values | wrong)
