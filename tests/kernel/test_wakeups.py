import time

import pytest
import redis
from pytest_django import Settings

from hrportal.kernel import wakeups
from hrportal.kernel.wakeups import wake, woken
from tests.celery_queue import waiting_tasks

pytestmark = pytest.mark.django_db(transaction=True)
TASK = "notifications.tasks.dispatch_due"


def test_a_thousand_wishes_are_one_task(valkey: redis.Redis) -> None:
    for _wish in range(1000):
        wake(TASK)
    assert waiting_tasks(valkey, "dispatch") == [TASK]


def test_after_the_worker_took_it_the_next_wish_counts(valkey: redis.Redis) -> None:
    wake(TASK)
    woken(TASK)
    wake(TASK)
    assert waiting_tasks(valkey, "dispatch") == [TASK, TASK]


def test_without_redis_nothing_breaks_and_nobody_waits(settings: Settings) -> None:
    wakeups._client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    started = time.monotonic()
    wake(TASK)
    woken(TASK)
    wakeups._client.cache_clear()
    assert time.monotonic() - started < 5
