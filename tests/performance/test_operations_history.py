"""Seasons before this portal: three files in, no names, nothing twice."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from branches.models import Branch
from hrportal.kernel.rls import as_owner
from hrportal.kernel.tables import FileRefused
from performance.analytics.simulation import World
from performance.models import Analysis, Hire, HistoricInterview, PerformanceRecord, RecordCorrection
from performance.operations.history import HistoryImported, import_history
from recruitment.models import Person
from tests.factories import NOW, make_world, signal_payload
from tests.performance.seasons import interview, write_history, write_simulated
from tests.recruitment.steps import take_in

pytestmark = pytest.mark.django_db


def errors(imported: HistoryImported) -> list[tuple[str, int, str]]:
    return [(error.file, error.line, error.field) for error in imported.errors]


def imported(folder: Path, **rows: Any) -> HistoryImported:
    return import_history(folder=write_history(folder, **rows), now=NOW)


def test_a_season_comes_in_once(bank: dict[str, Branch], tmp_path: Path) -> None:
    cohort = write_simulated(tmp_path, world=World(applicants=150), seed=1)
    first = import_history(folder=tmp_path, now=NOW)
    hires = int(cohort.hired.sum())
    assert (first.interviews, first.hires, first.records.created, first.errors) == (150, hires, 6 * hires, [])
    again = import_history(folder=tmp_path, now=NOW)
    assert (again.interviews, again.interviews_known, again.hires, again.hires_known) == (0, 150, 0, hires)
    assert (again.records.created, again.records.unchanged) == (0, 6 * hires)
    assert HistoricInterview.objects.count() == 150
    assert Hire.objects.filter(historic__isnull=False).count() == hires
    assert not RecordCorrection.objects.exists()
    assert not Person.objects.exists()


def test_nothing_that_names_a_person_is_kept(bank: dict[str, Branch], tmp_path: Path) -> None:
    imported(tmp_path, interviews=[interview()])
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(h)::text FROM performance_historicinterview h")
        kept = cursor.fetchone()[0]
    for personal in ("孙一雨", "110101198908115638", "13810000001", "19810000001", "somebody@"):
        assert personal not in kept


def test_the_season_waits_to_be_analysed(finished_season: HistoryImported) -> None:
    assert set(Analysis.objects.values_list("branch__level", flat=True)) == {
        "head_office",
        "province",
        "city",
    }
    assert Analysis.objects.filter(position__code="TELLER", branch__code="000000", computed_at=None).exists()


def test_wrong_rows_are_named_and_the_rest_goes_in(bank: dict[str, Branch], tmp_path: Path) -> None:
    found = imported(
        tmp_path,
        interviews=[
            interview(1),
            interview(2, branch_code="999999"),
            interview(3, position_code="ASTRONAUT"),
            interview(4, score=120),
            interview(5),
        ],
        hires=[
            ("HA-00001", "E1", "2026-01-05"),
            ("HA-00404", "E2", "2026-01-05"),
            ("HA-00005", "E3", "2027-01-05"),
            ("HA-00005", "E3", "2025-01-05"),
            ("HA-00005", "E1", "2026-01-05"),
            ("HA-00001", "E5", "2026-01-05"),
            ("HA-00005", "", "2026-01-05"),
        ],
        records=[
            {"employee_no": "E1", "period": "2026-02", "score": 80},
            {"employee_no": "E9", "period": "2026-02", "score": 80},
        ],
    )
    assert errors(found) == [
        ("history-interviews.ndjson", 2, "branch_code"),
        ("history-interviews.ndjson", 3, "position_code"),
        ("history-interviews.ndjson", 4, "/data/result/score"),
        ("history-hires.csv", 8, "employee_no"),
        ("history-hires.csv", 3, "application_ref"),
        ("history-hires.csv", 4, "onboarded_on"),
        ("history-hires.csv", 5, "onboarded_on"),
        ("history-hires.csv", 6, "employee_no"),
        ("history-hires.csv", 7, "application_ref"),
        ("history-performance.csv", 3, "employee_no"),
    ]
    assert (found.interviews, found.hires, found.records.created) == (2, 1, 1)


def test_a_known_hire_with_another_first_day_is_asked_back(bank: dict[str, Branch], tmp_path: Path) -> None:
    imported(tmp_path, interviews=[interview(1)], hires=[("HA-00001", "E1", "2026-01-05")])
    found = imported(tmp_path, hires=[("HA-00001", "E1", "2026-01-06")])
    assert errors(found) == [("history-hires.csv", 2, "onboarded_on")]


def test_a_line_that_is_no_signal_is_named(bank: dict[str, Branch], tmp_path: Path) -> None:
    write_history(tmp_path, interviews=[interview(1)])
    file = tmp_path / "history-interviews.ndjson"
    file.write_bytes(b"{not json}\n" + file.read_bytes())
    found = import_history(folder=tmp_path, now=NOW)
    assert errors(found) == [("history-interviews.ndjson", 1, "line")]
    assert found.interviews == 1


def test_the_newest_revision_counts_whatever_its_line(bank: dict[str, Branch], tmp_path: Path) -> None:
    newer = interview(1, score=90, revision=2, timestamp="2025-10-09T09:00:00+08:00")
    imported(tmp_path, interviews=[newer, interview(1, score=70)])
    assert HistoricInterview.objects.get().score == 90
    imported(tmp_path, interviews=[interview(1, score=60)])
    assert HistoricInterview.objects.get().score == 90
    imported(tmp_path, interviews=[interview(1, score=95, timestamp="2025-10-10T09:00:00+08:00")])
    assert HistoricInterview.objects.get().score == 95


def test_an_application_of_this_portal_keeps_its_own_result(db: None, tmp_path: Path) -> None:
    make_world()
    [application] = take_in(signal_payload(7, application_ref="AP-7", season="2026-spring"))
    found = imported(
        tmp_path,
        interviews=[interview(1, application_ref="AP-7", score=10)],
        hires=[("AP-7", "E7", "2026-11-04")],
    )
    assert (found.interviews, found.interviews_known, found.hires) == (0, 1, 1)
    assert not HistoricInterview.objects.exists()
    hire = Hire.objects.get()
    assert (hire.application, hire.season) == (application, "2026-spring")


@pytest.mark.parametrize("missing", ["employee_no", "period", "score"])
def test_a_file_without_a_column_changes_nothing(
    bank: dict[str, Branch], tmp_path: Path, missing: str
) -> None:
    write_history(tmp_path, interviews=[interview(1)])
    file = tmp_path / "history-performance.csv"
    file.write_text(file.read_text().replace(missing, "something"))
    with pytest.raises(FileRefused, match=missing):
        import_history(folder=tmp_path, now=NOW)
    assert not HistoricInterview.objects.exists()


def test_a_missing_file_changes_nothing(bank: dict[str, Branch], tmp_path: Path) -> None:
    write_history(tmp_path, interviews=[interview(1)])
    (tmp_path / "history-performance.csv").unlink()
    with pytest.raises(FileNotFoundError):
        import_history(folder=tmp_path, now=NOW)
    assert not HistoricInterview.objects.exists()


def test_queries_do_not_grow_with_the_rows(
    bank: dict[str, Branch], tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    write_simulated(tmp_path, world=World(applicants=300), seed=1)
    with django_assert_max_num_queries(45):
        import_history(folder=tmp_path, now=NOW)
    assert PerformanceRecord.objects.earliest("period").period == date(2026, 2, 1)


REFUSING = """
CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END $$
"""


def refuse(table: str, condition: str) -> None:
    """Let the database refuse some rows for a reason that no check of a row foresees."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(REFUSING)
        cursor.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table}"
            f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION pg_temp.refuse()"
        )


def test_an_interview_that_the_database_refuses_is_that_lines_fault(
    bank: dict[str, Branch], tmp_path: Path
) -> None:
    refuse("performance_historicinterview", "NEW.score = 77")
    found = imported(
        tmp_path,
        interviews=[interview(number, score=77 if number == 3 else 80) for number in range(1, 6)],
        hires=[(f"HA-0000{number}", f"E{number}", "2026-01-05") for number in range(1, 6)],
    )
    assert (found.interviews, found.hires) == (4, 4)
    assert errors(found) == [
        ("history-interviews.ndjson", 3, "row"),
        ("history-hires.csv", 4, "application_ref"),
    ]
    again = imported(tmp_path, interviews=[interview(1), interview(2, score=77, revision=9), interview(4)])
    assert errors(again) == [("history-interviews.ndjson", 2, "row")]
    assert HistoricInterview.objects.get(application_ref="HA-00002").score == 80


def test_a_hire_that_the_database_refuses_is_that_rows_fault(bank: dict[str, Branch], tmp_path: Path) -> None:
    refuse("performance_hire", "NEW.employee_no = 'E2'")
    found = imported(
        tmp_path,
        interviews=[interview(number) for number in range(1, 4)],
        hires=[(f"HA-0000{number}", f"E{number}", "2026-01-05") for number in range(1, 4)],
    )
    assert (found.interviews, found.hires) == (3, 2)
    assert errors(found) == [("history-hires.csv", 3, "row")]
