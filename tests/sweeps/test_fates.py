"""One bad row is its own fault: run as beat runs the task, its neighbour goes on, and so does the next round."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import OperationalError

from hrportal.kernel.models import FailedRow
from hrportal.kernel.scopes import scoped
from hrportal.kernel.sweeps import Sweep
from recruitment.models import InterviewSignal
from tests.sweeps.cases import CASES, Case, Pair

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world", "fresh_channels", "business_clock")]
# They work on no rows one by one: one walks a chain whose links hold each other, one learns from all, one only
# deletes, and a file that fails is answered on its own page (tests/performance/test_views_records.py).
WITHOUT_ROWS = {
    "branches.tasks.verify_access_log",
    "hrportal.tasks.remove_old_rows",
    "performance.tasks.read_uploads",
    "recruitment.tasks.train_wish",
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
