"""The periodic tasks: when each should have succeeded last, and whether it did. Beat is not asked: it may be dead."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from celery import current_app
from celery.schedules import crontab
from django.utils.functional import Promise

from hrportal.models import TaskRun
from hrportal.schedule import LABELS

# A task is overdue when this many of its periods have passed without a success, at least a minute, at most an hour.
PERIODS = 2
LEAST_GRACE, MOST_GRACE = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Periodic:
    """One task of the schedule and how it fares.

    Attributes:
        age: since the last success; before the first one, since the task is known. None if it is not known yet.
        is_overdue: it should have succeeded long ago.
        has_failed: the last run that is known of ended with an error.
    """

    task: str
    label: str | Promise
    run: TaskRun | None
    age: timedelta | None
    is_overdue: bool

    @property
    def has_failed(self) -> bool:
        """Whether the last end was an error."""
        run = self.run
        if run is None or run.last_error_at is None:
            return False
        return run.last_success is None or run.last_error_at > run.last_success


@cache
def scheduled() -> dict[str, timedelta | crontab]:
    """When each periodic task is due, by the task's name: every so often, or by the clock."""
    return {
        entry["task"]: when if isinstance(when := entry["schedule"], crontab) else timedelta(seconds=when)
        for entry in current_app.conf.beat_schedule.values()
    }


def periodic_tasks(*, now: datetime) -> list[Periodic]:
    """Every periodic task: one query. ``now`` is real time.

    The overdue ones come first, then in the order of the schedule.
    """
    runs = TaskRun.objects.in_bulk(list(scheduled()))
    found = [_fares(task, when, runs.get(task), now) for task, when in scheduled().items()]
    return sorted(found, key=lambda one: not one.is_overdue)


def overdue_tasks(*, now: datetime) -> list[str]:
    """The names of the tasks that should have succeeded long ago."""
    return [one.task for one in periodic_tasks(now=now) if one.is_overdue]


def _fares(task: str, when: timedelta | crontab, run: TaskRun | None, now: datetime) -> Periodic:
    since = (run.last_success or run.known_since) if run else None
    return Periodic(
        task=task,
        label=LABELS[task],
        run=run,
        age=now - since if since else None,
        is_overdue=since is not None and now > overdue_from(when, since),
    )


def overdue_from(when: timedelta | crontab, since: datetime) -> datetime:
    """When a task is overdue that succeeded last at ``since``."""
    if isinstance(when, crontab):
        last, delta, _now = when.remaining_delta(since)
        due: datetime = last + delta
        return due + MOST_GRACE
    return since + when + min(max(PERIODS * when, LEAST_GRACE), MOST_GRACE)
