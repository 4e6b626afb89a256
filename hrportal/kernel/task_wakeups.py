"""Waking a worker: best effort, at most one wake-up of a kind under way.

The rows are the queue. A wake-up that is lost costs one beat, so Redis may be down or forget
everything; a thousand signals in a second cost one task, because a wake-up that is already under
way will see every row committed before the worker takes it.
"""

import threading
import time
from functools import cache

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

# Longer than a worker takes to pick a task up; shorter than anybody would wait.
UNDER_WAY_MS = 2_000
# A process asks for a task at most once in this time; what is wished meanwhile is asked for at its end.
GAP_SECONDS = 0.02

_changing = threading.Lock()
_asked_at: dict[str, float] = {}
_asked_later: set[str] = set()


@cache
def _client() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=0.3, socket_timeout=0.3)


def wake(task: str) -> None:
    """Ask for a run of the task once the present transaction has committed."""
    transaction.on_commit(lambda: _send(task), robust=True)


def woken(task: str) -> None:
    """Called first by the task: rows committed from now on need a wake-up of their own."""
    try:
        _client().delete(_key(task))
    except redis.RedisError:
        return


def _send(task: str) -> None:
    now = time.monotonic()
    with _changing:
        if task in _asked_later:
            return
        wait = _asked_at.get(task, now - GAP_SECONDS) + GAP_SECONDS - now
        if wait > 0:
            _asked_later.add(task)
        else:
            _asked_at[task] = now
    if wait <= 0:
        _ask(task)
        return
    later = threading.Timer(wait, _ask_later, [task])
    later.daemon = True
    later.start()


def _ask_later(task: str) -> None:
    with _changing:
        _asked_later.discard(task)
        _asked_at[task] = time.monotonic()
    _ask(task)


def _ask(task: str) -> None:
    try:
        if _client().set(_key(task), 1, nx=True, px=UNDER_WAY_MS):
            current_app.send_task(task, retry=False)
    except (redis.RedisError, OperationalError, OSError):
        # Beat finds the rows.
        return


def _key(task: str) -> str:
    return f"wake:{task}"
