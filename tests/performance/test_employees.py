"""Employee numbers that are alike are found by an index, however many employees there are."""

from datetime import date

import pytest
from django.db import connection

from branches.models import Branch, Position
from hrportal.kernel.rls import as_owner
from performance.models import Hire
from performance.queries.employees import numbers_alike
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_numbers_alike_are_found_by_an_index_among_many(bank: dict[str, Branch]) -> None:
    position = Position.objects.get(code="TELLER")
    Hire.objects.bulk_create(
        Hire(
            employee_no=f"00E{number}",
            branch=bank["440200"],
            position=position,
            season="2026-autumn",
            onboarded_on=date(2026, 9, 1),
            recorded_at=NOW,
        )
        for number in range(20_000)
    )
    plans: list[str] = []

    def explained(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}", params)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)  # type: ignore[operator]  # Django's own

    # Who does not own a table may not count it, and is told so in a warning only.
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE performance_hire")
    # Back in the role that the portal asks as, which is set with the first statement.
    assert Hire.objects.exists()
    with connection.execute_wrapper(explained):
        assert numbers_alike(["e17", "00E17", "E19999"]) == {
            "e17": {"00E17"},
            "E19999": {"00E19999"},
        }
    assert len(plans) == 1
    assert "hire_number_alike" in plans[0]
    assert "Seq Scan" not in plans[0]
