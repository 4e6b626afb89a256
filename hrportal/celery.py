"""The Celery application: tasks carry no data, they wake a worker that takes rows.

Losing every message therefore loses nothing but seconds; beat wakes the workers again.
"""

import os
import signal
import threading
from contextlib import suppress
from logging.config import dictConfig
from typing import Any

import structlog
from billiard import active_children
from celery import Celery
from celery.signals import celeryd_init, setup_logging, worker_shutting_down
from django.conf import settings

from hrportal.kernel.database import limits
from hrportal.kernel.stopping import ask_to_stop

app = Celery("hrportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

log = structlog.get_logger()


@setup_logging.connect
def keep_our_logging(**arguments: Any) -> None:
    """Log as settings.LOGGING says; being connected at all keeps Celery's own set-up away."""
    dictConfig(settings.LOGGING)


@celeryd_init.connect
def limit_the_database(**arguments: Any) -> None:
    """Before the pool forks, so that its processes have the limits too."""
    limits.apply("worker")


@worker_shutting_down.connect
def take_nothing_new(**arguments: Any) -> None:
    """The tasks in hand take no further rows, and none of them can hold the worker for ever."""
    ask_to_stop()
    last = threading.Timer(settings.WORKER_STOP_SECONDS, _end_by_force)
    last.daemon = True
    last.start()


def _end_by_force() -> None:
    """What was in hand is taken up from its rows by whoever comes next."""
    log.error("worker_ended_by_force", seconds=settings.WORKER_STOP_SECONDS)
    for child in active_children():
        if child.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
    os._exit(1)
