"""Sweeps: periodic work on the rows that are due, in which every row has its own fate.

An exception that nobody foresaw rolls back the one row it belongs to and sets that row aside
(``FailedRow``) for a delay that grows with each attempt. Its neighbours go on in the same round, and
the next round does not begin with it. So does a row that waited too long for a lock, took too long or was
the victim of a deadlock. A lost connection is no row's fault and ends the round.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from psycopg2.errorcodes import (
    DEADLOCK_DETECTED,
    LOCK_NOT_AVAILABLE,
    QUERY_CANCELED,
    SERIALIZATION_FAILURE,
)

from hrportal.kernel import clocks
from hrportal.kernel.models import FailedRow
from hrportal.kernel.stopping import until_stopped
from hrportal.kernel.task_wakeups import wake

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=6)
# From here on somebody has to look: with these delays after about a quarter of an hour.
ATTEMPTS_FOR_A_PERSON = 5
# A row that did not fail for so long has left the sweep by another way; what runs at night comes back within one.
FORGOTTEN_AFTER = timedelta(days=2)
# Rows that are set aside and asked for at once; the query itself leaves out however many there are.
MOST_RETRIED = 500
# PostgreSQL: a value is too large for an index or a row. All else that is "operational" is the server's.
PROGRAM_LIMIT = "54"
# A limit of time of the work in hand, or another transaction in its way: over by the next attempt, or not.
PASSING = frozenset({LOCK_NOT_AVAILABLE, QUERY_CANCELED, DEADLOCK_DETECTED, SERIALIZATION_FAILURE})
# The same code as the limit of time has; PostgreSQL tells them apart by its words only.
BY_A_PERSON = "user request"

log = structlog.get_logger(__name__)

Stored = TypeVar("Stored", bound=Model)
Row = TypeVar("Row", bound="HasKey")
Item = TypeVar("Item")
Result = TypeVar("Result")


class HasKey(Protocol):
    """A row, or plain values of one."""

    @property
    def pk(self) -> Any: ...


class Key(NamedTuple):
    """A row of which only the key is known."""

    pk: Any


class Sweep:
    """A sweep by its name, which is stored and stays.

    Attributes:
        label: what IT operations read.
        task: the Celery task that runs it; empty for a command.
    """

    registered: ClassVar[dict[str, "Sweep"]] = {}

    def __init__(self, name: str, *, label: str | Promise, task: str = "") -> None:
        """Register the sweep.

        Raises:
            ValueError: another one has the name.
        """
        if name in self.registered:
            raise ValueError(f"Two sweeps are called {name!r}.")
        self.name, self.label, self.task = name, label, task
        self.registered[name] = self

    def round(self, *, now: datetime) -> "Round":
        """One round of the sweep at the business time ``now``."""
        return Round(self, now)


class Round:
    """What is due now, and the fate of each row of it."""

    def __init__(self, sweep: Sweep, now: datetime) -> None:
        self.sweep, self.now = sweep, now
        self._retried: set[str] = set()

    def due(self, rows: QuerySet[Stored], *, key: str = "pk") -> QuerySet[Stored]:
        """``rows`` without those that are set aside; one small query more. ``key`` is what fails."""
        failed = FailedRow.objects.filter(sweep=self.sweep.name)
        known = list(
            failed.order_by("next_attempt_at").values_list("row_key", "next_attempt_at", "last_failed_at")[
                :MOST_RETRIED
            ]
        )
        if not known:
            return rows
        long_ago = self.now - clocks.business_span(FORGOTTEN_AFTER)
        if any(last < long_ago for _row_key, _at, last in known):
            failed.filter(last_failed_at__lt=long_ago).delete()
        self._retried = {row_key for row_key, at, _last in known if at <= self.now}
        waiting = failed.filter(next_attempt_at__gt=self.now, row_key=Cast(OuterRef(key), TextField()))
        return rows.filter(~Exists(waiting))

    @contextmanager
    def row(self, key: object, *, atomic: bool = True) -> Iterator[None]:
        """Work on one row: a transaction or savepoint of its own, and what fails in it sets it aside.

        Without ``atomic`` the work has transactions of its own, as whoever calls another machine must.

        Raises:
            OperationalError, InterfaceError: the connection or the server failed.
        """
        try:
            with transaction.atomic() if atomic else nullcontext():
                yield
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this row's alone
            self.set_aside(key, error)
        else:
            self.forget([key])

    def batch(self, rows: Sequence[Row], work: Callable[[list[Row]], list[Result]]) -> list[Result]:
        """Work on all rows in one savepoint; if that fails, on each alone, as read from the database again.

        Returns what ``work`` returned, without the rows that were set aside. The caller holds the rows'
        locks in a transaction.
        """
        if not rows:
            return []
        try:
            with transaction.atomic():
                results = work(list(rows))
        except Exception as error:  # noqa: BLE001 - which row's it is, each alone will tell
            if len(rows) == 1:
                self.set_aside(rows[0].pk, error)
                return []
            raise_if_servers(error)
        else:
            self.forget([row.pk for row in rows])
            return results
        results = []
        for row in rows:
            with self.row(row.pk):
                results += work([_fresh(row)])
        return results

    def set_aside(self, key: object, error: Exception) -> None:
        """Leave the row out for a while, longer each time; the log names no personal data.

        Raises:
            OperationalError, InterfaceError: ``error`` itself, if it was the connection or the server.
        """
        raise_if_servers(error)
        place = place_of(error)
        what = {"error": type(error).__name__[:80], "raised_at": place, "last_failed_at": self.now}
        failed, is_new = FailedRow.objects.get_or_create(
            sweep=self.sweep.name,
            row_key=str(key),
            defaults={"next_attempt_at": self._later(1), "first_failed_at": self.now, **what},
        )
        if not is_new:
            FailedRow.objects.filter(pk=failed.pk).update(
                attempts=F("attempts") + 1, next_attempt_at=self._later(failed.attempts + 1), **what
            )
        log.error(
            "A row was set aside",
            sweep=self.sweep.name,
            row_key=str(key),
            error=what["error"],
            raised_at=place,
            attempts=1 if is_new else failed.attempts + 1,
        )

    def _later(self, attempts: int) -> datetime:
        delay = min(FIRST_DELAY * 2 ** min(attempts - 1, 20), LONGEST_DELAY)
        return self.now + clocks.business_span(delay)

    def forget(self, keys: Iterable[object]) -> None:
        """They went well: what failed of them before is over."""
        if done := self._retried.intersection(map(str, keys)):
            FailedRow.objects.filter(sweep=self.sweep.name, row_key__in=done).delete()
            self._retried -= done


def in_halves(rows: Sequence[Item], work: Callable[[Sequence[Item]], object]) -> list[tuple[Item, Exception]]:
    """Work on all rows in one savepoint; where that fails, on each half, down to the rows that fail alone.

    Returns those, each with its error; all others are done. A bad row among two hundred costs its neighbours
    a dozen smaller rounds. The caller holds the rows' locks in a transaction, and ``work`` reads what it needs
    each time.

    Raises:
        OperationalError, InterfaceError: the connection or the server failed.
    """
    if not rows:
        return []
    try:
        with transaction.atomic():
            work(rows)
    except Exception as error:  # noqa: BLE001 - which row's it is, the halves will tell
        raise_if_servers(error)
        if len(rows) == 1:
            return [(rows[0], error)]
        middle = len(rows) // 2
        return in_halves(rows[:middle], work) + in_halves(rows[middle:], work)
    return []


class Step(Protocol):
    """One batch of a sweep at the business time ``now``; truthy while there may be more."""

    def __call__(self, *, now: datetime) -> object: ...


def drain(task: str, *steps: Step, rounds: int = 100) -> None:
    """Repeat each step until it finds nothing; after ``rounds`` go, and ask for another run of ``task``.

    A step that fails as a whole costs the steps behind it nothing.

    Raises:
        Exception: what the first step that failed raised, after all steps had their turn.
    """
    failure: Exception | None = None
    for step in steps:
        try:
            if _has_more(step, rounds):
                wake(task)
        except Exception as error:  # noqa: BLE001 - raised below, when the others had their turn
            failure = failure or error
    if failure:
        raise failure


def _has_more(step: Step, rounds: int) -> bool:
    return all(step(now=clocks.now()) for _round in until_stopped(range(rounds)))


def try_again(*, now: datetime, sweep: str, row_key: str = "") -> int:
    """Make one failed row of a sweep due, or without ``row_key`` all of them; returns how many."""
    failed = FailedRow.objects.filter(sweep=sweep, next_attempt_at__gt=now)
    moved = (failed.filter(row_key=row_key) if row_key else failed).update(next_attempt_at=now)
    if (known := Sweep.registered.get(sweep)) and known.task:
        wake(known.task)
    return moved


def _fresh(row: Row) -> Row:
    """The row as it is stored; work that was rolled back may have changed the object."""
    return QuerySet(type(row)).get(pk=row.pk) if isinstance(row, Model) else row


def is_passing(error: Exception) -> bool:
    """Whether work took or waited too long, or stood in the way of others: the same may succeed later."""
    cause: Any = error.__cause__ if isinstance(error, OperationalError) else None
    code = getattr(cause, "pgcode", None)
    return code in PASSING and not (code == QUERY_CANCELED and BY_A_PERSON in str(cause))


def raise_if_servers(error: Exception) -> None:
    """Raise what is no row's fault."""
    if isinstance(error, InterfaceError):
        raise error
    if isinstance(error, OperationalError) and not is_passing(error):
        code: Any = getattr(error.__cause__, "pgcode", None)
        if not str(code or "").startswith(PROGRAM_LIMIT):
            raise error


def raise_unless_own(error: Exception) -> None:
    """Raise what would not have happened at another moment, for work that has no next round of its own."""
    raise_if_servers(error)
    if is_passing(error):
        raise error


def drop_lost_connection() -> None:
    """Let the next statement open a new connection if this one broke; within a transaction all is lost anyhow."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def own_fault(error: Exception, **of: object) -> str:
    """Log an exception that nobody foresaw as the fault of one row; returns a reference to tell people.

    The log has class and place, never a text. ``of`` names the row by keys without personal data.

    Raises:
        OperationalError, InterfaceError: ``error`` itself, if it was the connection, the server or a
            limit of time; the same work may succeed later.
    """
    raise_unless_own(error)
    reference = uuid4().hex[:12]
    log.error(
        "A row failed", error=type(error).__name__, raised_at=place_of(error), reference=reference, **of
    )
    return reference


def place_of(error: Exception) -> str:
    """File, line and function of ours that raised: enough for a developer, and never a value."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    if not frames:
        return ""
    last = (ours or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno} {last.name}"[:120]
