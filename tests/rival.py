"""A second transaction of another connection, which is faster: what the slower of two makes of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from unittest.mock import patch

import psycopg2
from django.db import connection

from hrportal.kernel.database import limits
from hrportal.kernel.scopes import bank_wide
from tests.template import address_of
from tests.workers import wait_until

Result = TypeVar("Result")
# Whoever waits longer than this for a lock is told so by the database, which ends the test.
PATIENCE = limits.Limits(statement=0, lock=20, idle=0)


@dataclass
class Rival:
    """A transaction that has done something and not committed yet; it works as the database's owner."""

    cursor: Any
    pid: int

    def do(self, statement: str, *values: Any) -> int:
        """Run a statement; how many rows it touched. Its locks stay until the block ends."""
        self.cursor.execute(statement, values)
        touched: int = self.cursor.rowcount
        return touched

    def is_waited_for(self) -> bool:
        """Whether somebody stands in line behind one of its locks."""
        with closing(_connect()) as third, third.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid)))",
                [self.pid],
            )
            return bool(cursor.fetchone()[0])


@contextmanager
def rival() -> Iterator[Rival]:
    """A transaction on a connection of its own, committed at the end of the block.

    Until then nobody's patience is without end: the test may be the one who waits, and would wait for itself.
    """
    with patch.object(limits, "_current", PATIENCE), closing(_connect()) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT set_config('hrportal.scope', 'bank', false), pg_backend_pid()")
            pid = cursor.fetchone()[1]
            yield Rival(cursor, pid)
        other.commit()


@dataclass
class Slower(Generic[Result]):
    """The work of a thread, with a connection of its own."""

    work: Callable[[], Result]
    results: list[Result] = field(default_factory=list)
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with bank_wide("a test"):
                self.results.append(self.work())
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error
        finally:
            connection.close()

    def is_done(self) -> bool:
        """Whether it has ended, one way or the other."""
        return not self._thread.is_alive()

    def outcome(self) -> Result:
        """What it returned; raises what it raised."""
        self._thread.join(PATIENCE.lock)
        assert self.is_done(), "It still waits."
        if self.error is not None:
            raise self.error
        return self.results[0]


@contextmanager
def faster(work: Callable[[], Result], statement: str, *values: Any) -> Iterator[Slower[Result]]:
    """Somebody has run ``statement`` and not committed when ``work`` begins.

    They commit once ``work`` waits for them, or has ended without waiting; what is yielded knows what
    came of it.
    """
    with rival() as other:
        assert other.do(statement, *values) > 0, "The rival touched no row, so nothing is proved."
        slower = Slower(work)
        wait_until(lambda: slower.is_done() or other.is_waited_for())
    yield slower


def _connect() -> Any:
    return psycopg2.connect(address_of(str(connection.settings_dict["NAME"])))
