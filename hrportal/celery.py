"""The Celery application: tasks carry no data, they wake a worker that takes rows.

Losing every message therefore loses nothing but seconds; beat wakes the workers again.
"""

from logging.config import dictConfig
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging
from django.conf import settings

from hrportal.kernel.database import limits

app = Celery("hrportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**arguments: Any) -> None:
    """Log as settings.LOGGING says; being connected at all keeps Celery's own set-up away."""
    dictConfig(settings.LOGGING)


@celeryd_init.connect
def limit_the_database(**arguments: Any) -> None:
    """Before the pool forks, so that its processes have the limits too."""
    limits.apply("worker")
