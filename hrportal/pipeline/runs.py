"""Keeps how every periodic task fares: Celery's own signals stand around each of them, whoever woke it.

A task may run many times a second with nothing to do. A process writes what it saw of a task at most
every few seconds, unless the news is that it failed or recovered.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from celery.signals import task_failure, task_postrun, task_prerun
from django.db import Error as DatabaseError
from django.utils import timezone

from hrportal.models import TaskRun
from hrportal.pipeline.schedule import scheduled

WRITES_EVERY_SECONDS = 10.0
LONGEST_NAME = 80

log = structlog.get_logger()


class Notes:
    """What this process has seen of its tasks since it last wrote."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began: dict[str, float] = {}
        self._written: dict[tuple[str, str], float] = {}
        self._failing: set[str] = set()

    def begin(self, task: str) -> None:
        """A run begins."""
        self._began[task] = self._clock()
        if self._is_time(task, "last_start"):
            _write(task, last_start=timezone.now())

    def succeed(self, task: str) -> None:
        """A run ended well."""
        recovered = task in self._failing
        self._failing.discard(task)
        if self._is_time(task, "last_success") or recovered:
            _write(
                task,
                last_success=timezone.now(),
                seconds=self._clock() - self._began.get(task, self._clock()),
            )

    def fail(self, task: str, error: BaseException) -> None:
        """A run ended with an error, whose class is kept and whose text is not."""
        news = task not in self._failing
        self._failing.add(task)
        if self._is_time(task, "last_error") or news:
            _write(task, last_error=type(error).__name__[:LONGEST_NAME], last_error_at=timezone.now())

    def _is_time(self, task: str, what: str) -> bool:
        now = self._clock()
        if now - self._written.get((task, what), -WRITES_EVERY_SECONDS) < WRITES_EVERY_SECONDS:
            return False
        self._written[task, what] = now
        return True


def _write(task: str, **values: Any) -> None:
    try:
        TaskRun.objects.bulk_create(
            [TaskRun(task=task, known_since=timezone.now(), **values)],
            update_conflicts=True,
            unique_fields=["task"],
            update_fields=list(values),
        )
    except DatabaseError:
        # The task said so already, or its work will; a note about it stops nothing.
        log.warning("task_run_not_kept", task=task)


_notes = Notes()


@task_prerun.connect
def begin(task: Any = None, **arguments: Any) -> None:
    """Celery is about to run a task."""
    if task.name in scheduled():
        _notes.begin(task.name)


@task_postrun.connect
def succeed(task: Any = None, state: str = "", **arguments: Any) -> None:
    """Celery has run a task."""
    if state == "SUCCESS" and task.name in scheduled():
        _notes.succeed(task.name)


@task_failure.connect
def fail(sender: Any = None, exception: BaseException | None = None, **arguments: Any) -> None:
    """A task raised, or its process was lost."""
    if exception is not None and sender.name in scheduled():
        _notes.fail(sender.name, exception)


def know_tasks(**arguments: Any) -> None:
    """After a migration every periodic task is known, so that one that never runs is noticed as well."""
    now = timezone.now()
    TaskRun.objects.bulk_create(
        [TaskRun(task=task, known_since=now) for task in scheduled()], ignore_conflicts=True
    )
