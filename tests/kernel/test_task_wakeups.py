import os
import time

import pytest
import redis
from django.conf import settings
from pytest_django import Settings

from hrportal.kernel import task_wakeups
from hrportal.kernel.task_wakeups import wake, woken
from tests.celery_queue import waiting_tasks
from tests.workers import wait_until

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
    wait_until(lambda: waiting_tasks(valkey, "dispatch") == [TASK, TASK])


def test_a_crowd_of_wishes_asks_redis_a_few_times_and_the_last_one_counts(
    valkey: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(task_wakeups, "_ask", asked.append)
    monkeypatch.setattr(task_wakeups, "GAP_SECONDS", 0.3)
    for _wish in range(1000):
        wake("some.task")
    assert len(asked) <= 2
    # What was committed after the first wish was answered is seen by the one at the end of the gap.
    wait_until(lambda: len(asked) >= 2)


def test_without_redis_nothing_breaks_and_nobody_waits(settings: Settings) -> None:
    task_wakeups._client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    started = time.monotonic()
    wake(TASK)
    woken(TASK)
    task_wakeups._client.cache_clear()
    assert time.monotonic() - started < 5


def test_each_process_of_a_parallel_run_has_a_broker_of_its_own(valkey: redis.Redis) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")
    number = int(worker) + 1
    assert valkey.connection_pool.connection_kwargs["db"] == number
    wake(TASK)
    # Celery sends where the test looks, and nowhere else.
    assert waiting_tasks(valkey, "dispatch") == [TASK]
    assert settings.CELERY_BROKER_URL.endswith(f"?virtual_host={number}")
