"""One bad row is its own fault: run as beat runs the task, its neighbour goes on, and so does the next round."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import OperationalError, connection, transaction
from pytest_django import Settings

from branches.access import access_of
from branches.enums import ExportState
from branches.models import Export
from branches.roles import Role
from hrportal.kernel.models import FailedRow
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import scoped
from hrportal.kernel.sweeps import Sweep, is_passing
from hrportal.queues import failed_rows
from recruitment.models import InterviewSignal
from tests.factories import NOW, make_staff
from tests.sweeps.cases import CASES, Case, Pair

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "fresh_providers", "business_clock")]
# They work on no rows one by one: one walks a chain whose links hold each other, one learns from all, one only
# deletes, and a file that fails is answered on its own page (tests/performance/test_views_records.py).
WITHOUT_ROWS = {
    "branches.tasks.verify_audit_chain",
    "hrportal.tasks.remove_old_rows",
    "performance.tasks.read_uploads",
    "recruitment.tasks.train_acceptance",
}
# What fails there has a fate and a person of its own.
OWN_FATE = {"ingest"}


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Break a function for some rows; the product's own runs for all others."""

    def broken(where: Any, name: str, when: Callable[..., bool], error: Exception) -> None:
        original = getattr(where, name)

        def faulty(*arguments: Any, **named: Any) -> Any:
            if when(*arguments, **named):
                raise error
            return original(*arguments, **named)

        monkeypatch.setattr(where, name, faulty)

    return broken


def as_beat(task: Callable[[], None]) -> None:
    """With no scope but the task's own."""
    with scoped(None):
        task()


def made(case: Case, fail: Callable[..., None], error: Exception) -> Pair:
    return case.make(lambda where, name, when: fail(where, name, when, error))


def test_every_sweep_and_every_task_of_beat_is_covered() -> None:
    # As a worker does when it starts.
    current_app.loader.import_default_modules()
    on_clock = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    of_sweeps = {sweep.task for sweep in Sweep.registered.values() if sweep.task}
    assert on_clock - of_sweeps == WITHOUT_ROWS
    assert of_sweeps <= on_clock <= set(current_app.tasks)
    assert set(CASES) == {name for name, sweep in Sweep.registered.items() if sweep.task}
    assert {name: case.task.name for name, case in CASES.items()} == {  # type: ignore[attr-defined]  # a Celery task
        name: Sweep.registered[name].task for name in CASES
    }


@pytest.mark.parametrize("sweep", sorted(CASES))
def test_its_neighbour_goes_on(
    sweep: str, fail: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    case = CASES[sweep]
    pair = made(case, fail, ZeroDivisionError("secret"))
    as_beat(case.task)
    assert pair.is_done()
    if sweep in OWN_FATE:
        signal = InterviewSignal.objects.get(pk=str(pair.bad))
        assert (signal.state, signal.quarantine_reason) == ("quarantined", "internal_error")
        assert signal.quarantine_detail.startswith("ZeroDivisionError test_fates.py:")
    else:
        failed = FailedRow.objects.get()
        assert (failed.sweep, failed.row_key, failed.attempts) == (sweep, str(pair.bad), 1)
        assert failed.error == "ZeroDivisionError"
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in caplog.text
    as_beat(case.task)
    assert [row.attempts for row in FailedRow.objects.all()] == ([] if sweep in OWN_FATE else [1])


@pytest.mark.parametrize("sweep", sorted(CASES))
def test_a_lost_connection_is_no_rows_fault(sweep: str, fail: Callable[..., None]) -> None:
    case = CASES[sweep]
    made(case, fail, OperationalError("server closed the connection unexpectedly"))
    with pytest.raises(OperationalError):
        as_beat(case.task)
    assert not FailedRow.objects.exists()
    # Nobody holds a file that is not being written.
    assert not Export.objects.filter(state=ExportState.RUNNING).exists()


@pytest.mark.parametrize("sweep", sorted(CASES))
def test_a_row_that_takes_too_long_is_set_aside(sweep: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[sweep]

    def slow(where: Any, name: str, when: Callable[..., bool]) -> None:
        original = getattr(where, name)

        def too_slow(*arguments: Any, **named: Any) -> Any:
            if when(*arguments, **named):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = 20")
                    cursor.execute("SELECT pg_sleep(30)")
            return original(*arguments, **named)

        monkeypatch.setattr(where, name, too_slow)

    pair = case.make(slow)
    as_beat(case.task)
    assert pair.is_done()
    failed = FailedRow.objects.get()
    assert (failed.sweep, failed.row_key, failed.error) == (sweep, str(pair.bad), "OperationalError")
    # A signal waits on, where a fault of its own would have put it into quarantine.
    assert not InterviewSignal.objects.filter(quarantine_reason="internal_error").exists()


def test_what_a_person_cancelled_is_no_rows_fault() -> None:
    with as_owner(), pytest.raises(OperationalError) as cancelled:  # noqa: SIM117 - the cursor is inside
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(30)")
    assert cancelled.value.__cause__.pgcode == "57014"  # type: ignore[union-attr]  # psycopg2's own
    assert not is_passing(cancelled.value)


def test_what_fails_night_after_night_reaches_a_person(
    fail: Callable[..., None], business_clock: Settings
) -> None:
    made(CASES["retention"], fail, ZeroDivisionError())
    for night in range(2):
        for hour in range(2, 6):
            at = datetime.fromtimestamp(business_clock.CLOCK_BUSINESS_EPOCH).astimezone()
            at = at.replace(hour=hour, minute=20) + timedelta(days=night and hour == 2)
            business_clock.CLOCK_BUSINESS_EPOCH = at.timestamp()
            as_beat(CASES["retention"].task)
    assert failed_rows(access_of(make_staff(Role.IT_OPS, "000000"), now=NOW)).count() == 1


def test_a_row_that_left_its_sweep_is_forgotten_after_two_days(
    fail: Callable[..., None], business_clock: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = made(CASES["retention"], fail, ZeroDivisionError())
    as_beat(CASES["retention"].task)
    assert FailedRow.objects.filter(row_key=str(pair.bad)).exists()
    monkeypatch.undo()
    FailedRow.objects.update(row_key="0")
    business_clock.CLOCK_BUSINESS_EPOCH += 47 * 3600
    as_beat(CASES["retention"].task)
    assert FailedRow.objects.exists()
    business_clock.CLOCK_BUSINESS_EPOCH += 2 * 3600
    as_beat(CASES["retention"].task)
    assert not FailedRow.objects.exists()
