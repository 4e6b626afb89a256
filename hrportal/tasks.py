"""Tasks of the portal as a whole."""

from datetime import datetime
from functools import partial
from typing import cast

from celery import shared_task
from django.core.cache import cache

from hrportal import cleanup
from hrportal.alerts import digests, outages, recording, spreading
from hrportal.kernel.cache import JsonCache
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sweeps import drain
from hrportal.kernel.task_wakeups import woken

REMOVE_TASK = "hrportal.tasks.remove_old_rows"


@shared_task(name=REMOVE_TASK)
@bank_wide("rows of every branch whose time is over")
def remove_old_rows() -> None:
    """Remove what only grew and is past its time; a rule that fails costs the others nothing."""
    rules = [partial(cleanup.remove_batch, rule=rule) for rule in cleanup.RULES]
    drain(REMOVE_TASK, *rules, _remove_expired_answers)


def _remove_expired_answers(*, now: datetime) -> None:
    cast("JsonCache", cache).remove_expired()


@shared_task(name=recording.TASK)
@bank_wide("tell staff of work at every branch")
def tell_staff() -> None:
    """Tell staff what has to be told, by digests."""
    woken(recording.TASK)
    drain(
        recording.TASK,
        outages.watch_providers,
        spreading.spread_occasions,
        spreading.settle_occasions,
        digests.gather_digests,
        digests.OUTBOX.send_due,
    )
