"""When beat wakes what: nothing rarer than a minute counts from beat's own start."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings

from hrportal.celery import app
from hrportal.kernel.scopes import scoped
from recruitment.models import AcceptanceTraining
from recruitment.tasks import train_acceptance

SCHEDULE: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
RARE = sorted(name for name, entry in SCHEDULE.items() if not isinstance(entry["schedule"], float))
START = datetime(2026, 11, 4, 0, 3, 20, tzinfo=UTC)


def test_intervals_are_short() -> None:
    intervals = {name: entry["schedule"] for name, entry in SCHEDULE.items() if name not in RARE}
    assert RARE
    assert max(intervals.values()) <= 60


@pytest.mark.parametrize("name", RARE)
def test_a_beat_restarted_every_fifty_minutes_runs_it_within_a_day(name: str) -> None:
    """A new beat takes its start for the last run, and lives fifty minutes."""
    known = SCHEDULE[name]["schedule"]
    runs = 0
    for life in range(29):
        start = START + timedelta(minutes=50 * life)
        end = start + timedelta(minutes=50)
        schedule = crontab(
            minute=known._orig_minute,
            hour=known._orig_hour,
            app=app,
            nowfun=partial(datetime.astimezone, end),
        )
        runs += schedule.is_due(start).is_due
    assert runs >= 1


def test_crontabs_mean_the_banks_hours() -> None:
    assert str(app.timezone) == settings.TIME_ZONE


@pytest.mark.django_db
@pytest.mark.usefixtures("business_clock")
def test_a_second_run_of_the_night_learns_nothing_again() -> None:
    for _run in range(2):
        with scoped(None):
            train_acceptance()
    assert AcceptanceTraining.objects.count() == 1
