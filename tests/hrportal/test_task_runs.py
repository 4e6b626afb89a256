"""Periodic tasks: what is kept of each run, when one is overdue, and who is told."""

from datetime import UTC, datetime, timedelta

import pytest
from celery.schedules import crontab
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hrportal.models import TaskRun
from hrportal.pipeline.runs import WRITES_EVERY_SECONDS, Notes, know_tasks
from hrportal.pipeline.schedule import overdue_from, overdue_tasks, periodic_tasks, scheduled
from notifications.tasks import dispatch_due
from tests.factories import make_world
from tests.staff import make_everybody

pytestmark = pytest.mark.django_db
DISPATCH = "notifications.tasks.dispatch_due"
SINCE = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)


class Clock:
    """Seconds that pass when told to."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def run_of(task: str) -> TaskRun:
    return TaskRun.objects.get(task=task)


def all_succeeded(*, ago: timedelta = timedelta()) -> None:
    TaskRun.objects.all().delete()
    now = timezone.now()
    TaskRun.objects.bulk_create(
        TaskRun(task=task, known_since=now - timedelta(days=9), last_success=now - ago)
        for task in scheduled()
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (timedelta(seconds=5), SINCE + timedelta(seconds=65)),
        (timedelta(seconds=60), SINCE + timedelta(seconds=180)),
        (timedelta(hours=8), SINCE + timedelta(hours=9)),
        # 02:40 in Shanghai is 18:40 UTC.
        (crontab(hour="2", minute="40"), SINCE + timedelta(hours=1, minutes=40)),
        (crontab(minute="*/15"), SINCE + timedelta(hours=1, minutes=15)),
    ],
)
def test_a_task_is_overdue_relative_to_its_schedule(when: timedelta | crontab, expected: datetime) -> None:
    assert overdue_from(when, SINCE) == expected


def test_a_task_that_never_ran_is_overdue_counted_from_when_it_was_known() -> None:
    TaskRun.objects.all().delete()
    know_tasks()
    known = timezone.now()
    assert overdue_tasks(now=known) == []
    assert DISPATCH in overdue_tasks(now=known + timedelta(minutes=2))
    assert set(overdue_tasks(now=known + timedelta(days=2))) == set(scheduled())


def test_runs_with_nothing_to_do_cost_few_writes() -> None:
    clock = Clock()
    notes = Notes(clock)
    with CaptureQueriesContext(connection) as first:
        for _time in range(50):
            notes.begin(DISPATCH)
            notes.succeed(DISPATCH)
    assert len(first) == 2
    kept = run_of(DISPATCH)
    clock.seconds += WRITES_EVERY_SECONDS
    notes.begin(DISPATCH)
    clock.seconds += 2.5
    notes.succeed(DISPATCH)
    now = run_of(DISPATCH)
    assert kept.last_success is not None
    assert now.last_success is not None
    assert now.last_success > kept.last_success
    assert now.seconds == 2.5


def test_a_failure_and_a_recovery_are_written_at_once_without_the_text() -> None:
    notes = Notes(Clock())
    notes.begin(DISPATCH)
    notes.succeed(DISPATCH)
    notes.fail(DISPATCH, ValueError("13800001234"))
    failed = run_of(DISPATCH)
    assert failed.last_error == "ValueError"
    assert [one.has_failed for one in periodic_tasks(now=timezone.now()) if one.task == DISPATCH] == [True]
    notes.succeed(DISPATCH)
    assert [one.has_failed for one in periodic_tasks(now=timezone.now()) if one.task == DISPATCH] == [False]


def test_celery_s_own_signals_keep_the_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hrportal.pipeline.runs._notes", Notes())
    TaskRun.objects.all().delete()
    dispatch_due.apply()
    assert run_of(DISPATCH).last_success is not None

    def broken(*_: object, **arguments: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("notifications.tasks.dispatch.Flight.step", broken)
    dispatch_due.apply()
    assert run_of(DISPATCH).last_error == "ZeroDivisionError"


def test_the_monitoring_and_the_page_tell_of_overdue_tasks(client: Client) -> None:
    make_world()
    it_ops = make_everybody().client("it_ops")
    all_succeeded()
    assert client.get("/healthz/tasks").json() == {"on_time": True, "overdue": []}
    assert "Tasks overdue" not in it_ops.get("/operations/").text
    assert f'portal_task_overdue{{task="{DISPATCH}"}} 0.0' in client.get("/metrics").text
    TaskRun.objects.filter(task=DISPATCH).update(last_success=timezone.now() - timedelta(minutes=5))
    answer = client.get("/healthz/tasks")
    assert (answer.status_code, answer.json()["overdue"]) == (503, [DISPATCH])
    assert "Tasks overdue" in it_ops.get("/operations/").text
    text = client.get("/metrics").text
    assert f'portal_task_overdue{{task="{DISPATCH}"}} 1.0' in text
    assert f'portal_task_last_success_age_seconds{{task="{DISPATCH}"}} 30' in text
