"""What the threads of a process want stored in the same moment is stored by one of them for all."""

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import Error, InterfaceError, OperationalError, connection

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class _InLine(Generic[Item, Result]):
    item: Item
    key: Hashable
    is_done: bool = False
    result: Result | None = None
    error: Exception | None = None


class GroupCommit(Generic[Item, Result]):
    """Stores items in groups; whoever asked has the answer only when its item is committed.

    A thread that finds nobody at work stores what is in line, its own item among it, on its own connection;
    those who come meanwhile wait and are the next group. So nobody waits for company, and one thread alone
    stores its item at once.
    """

    def __init__(self, store: Callable[[Sequence[Item]], Sequence[Result]], *, most: int) -> None:
        """Make it for one process.

        Args:
            store: commits items of different keys, once however often it is asked; their results, in order.
            most: items of a group.
        """
        self._store_all, self._most = store, most
        self._line: list[_InLine[Item, Result]] = []
        self._changing, self._working = threading.Lock(), threading.Lock()

    def store(self, item: Item, *, key: Hashable) -> Result:
        """Commit an item; items of one key are stored one after the other.

        Raises:
            Exception: what storing this item raised; that of another one is not its fault.
        """
        mine: _InLine[Item, Result] = _InLine(item, key)
        with self._changing:
            self._line.append(mine)
        with self._working:
            while not mine.is_done:
                self._work(self._next())
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]  # set together with is_done

    def _next(self) -> list[_InLine[Item, Result]]:
        """The next group: in the order of the line, each key once."""
        group: dict[Hashable, _InLine[Item, Result]] = {}
        with self._changing:
            for one in self._line:
                if len(group) < self._most:
                    group.setdefault(one.key, one)
            taken = set(map(id, group.values()))
            self._line = [one for one in self._line if id(one) not in taken]
        return list(group.values())

    def _work(self, group: Sequence[_InLine[Item, Result]]) -> None:
        try:
            results = with_one_retry(lambda: self._store_all([one.item for one in group]))
        except Exception as error:  # noqa: BLE001 - each has its own answer
            if len(group) == 1 or isinstance(error, OperationalError | InterfaceError):
                for one in group:
                    one.error, one.is_done = error, True
                return
            for one in group:
                self._work([one])
            return
        for one, result in zip(group, results, strict=True):
            one.result, one.is_done = result, True


def with_one_retry(work: Callable[[], Result]) -> Result:
    """Run one statement without asking first whether the connection lives; on a dead one, again on a new one.

    The work must be safe to repeat: whether the dead connection committed it nobody knows.
    """
    # Django would otherwise ask the server before the first statement of each request.
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs lack it
    try:
        return work()
    except Error:
        if connection.in_atomic_block or connection.connection is None or connection.is_usable():
            raise
        connection.close()
        return work()
