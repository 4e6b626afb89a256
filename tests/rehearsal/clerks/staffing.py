"""The desks at work, each in a thread of its own, until the day is over."""

import threading
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Self

from django.db import connection

from hrportal.kernel import clocks
from hrportal.kernel.scopes import bank_wide
from tests.rehearsal.clerks.administration import AdministrationDesk
from tests.rehearsal.clerks.departments import DepartmentDesk
from tests.rehearsal.clerks.desk import Desk, Office
from tests.rehearsal.clerks.follow_ups import FollowUpDesk
from tests.rehearsal.clerks.reviewers import ReviewDesk
from tests.rehearsal.patience import patiently

# How often a clerk looks at the list; nobody rings a bell.
LOOKS_EVERY_SECONDS = 0.4


class Clerks:
    """Leaving the ``with`` block sends everybody home; a clerk who fell over is not forgotten."""

    def __init__(self, office: Office) -> None:
        self._desks: tuple[Desk, ...] = (
            DepartmentDesk(office),
            ReviewDesk(office),
            FollowUpDesk(office),
            AdministrationDesk(office),
        )
        self._waiting: dict[str, int] = {desk.name: 1 for desk in self._desks}
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=len(self._desks), thread_name_prefix="clerk")
        self._futures: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._futures = [self._pool.submit(self._work, desk) for desk in self._desks]
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True)

    def waiting(self) -> int:
        """Items that some desk will still do by itself; raises what a clerk fell over."""
        for future in self._futures:
            if future.done():
                future.result()
        return sum(self._waiting.values())

    def did(self) -> Counter[str]:
        """What was done, as "desk: verb"."""
        return Counter(
            {
                f"{desk.name}: {action}": number
                for desk in self._desks
                for action, number in list(desk.did.items())
            }
        )

    def _work(self, desk: Desk) -> None:
        try:
            while not self._stop.is_set():
                self._waiting[desk.name] = patiently(partial(_round, desk), pause=self._stop.wait)
                self._stop.wait(LOOKS_EVERY_SECONDS)
        finally:
            connection.close()


def _round(desk: Desk) -> int:
    with bank_wide("clerks of every branch at one desk"):
        return desk.round(now=clocks.now())
