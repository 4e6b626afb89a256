"""Many threads, one commit: whoever is answered is stored, and nobody pays for a neighbour."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection

from hrportal.kernel.group_commit import GroupCommit, with_one_retry

pytestmark = pytest.mark.django_db(transaction=True)


class Store:
    """Remembers the groups it was asked for; the first one lasts until everybody else stands in line."""

    def __init__(self, *, refuse: str = "", error: Exception | None = None) -> None:
        self.groups: list[list[str]] = []
        self.goes_on = threading.Event()
        self.refuse, self.error = refuse, error

    def __call__(self, items: Sequence[str]) -> list[str]:
        self.groups.append(list(items))
        if len(self.groups) == 1:
            assert self.goes_on.wait(20)
        if self.refuse in items and self.error is not None:
            raise self.error
        return [item.upper() for item in items]


def together(store: Store, items: Sequence[str], keys: Sequence[str] = ()) -> dict[int, object]:
    """Store one item, and all others while it is being stored; what each was answered, by place."""
    group = GroupCommit(store, most=10)
    answers: dict[int, object] = {}

    def ask(number: int) -> None:
        try:
            answers[number] = group.store(items[number], key=(keys or items)[number])
        except Exception as error:  # noqa: BLE001 - compared by the test
            answers[number] = type(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(items))]
    threads[0].start()
    _until(lambda: len(store.groups) == 1)
    for thread in threads[1:]:
        thread.start()
    _until(lambda: len(group._line) == len(items) - 1)
    store.goes_on.set()
    for thread in threads:
        thread.join(20)
    return answers


def _until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2_000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("It never came to that.")


def test_those_who_come_meanwhile_are_one_group() -> None:
    store = Store()
    answers = together(store, ["a", "b", "c", "d"])
    assert [sorted(group) for group in store.groups] == [["a"], ["b", "c", "d"]]
    assert answers == {0: "A", 1: "B", 2: "C", 3: "D"}


def test_one_key_is_stored_one_after_the_other() -> None:
    store = Store()
    together(store, ["a", "b", "c", "d"], keys=["1", "2", "2", "3"])
    assert sorted(map(len, store.groups)) == [1, 1, 2]


def test_a_bad_item_is_answered_alone() -> None:
    store = Store(refuse="c", error=IntegrityError())
    assert together(store, ["a", "b", "c", "d"]) == {0: "A", 1: "B", 2: IntegrityError, 3: "D"}


def test_a_database_that_is_away_is_away_for_all_of_the_group() -> None:
    store = Store(refuse="c", error=OperationalError())
    answers = together(store, ["a", "b", "c", "d"])
    assert answers == {0: "A", 1: OperationalError, 2: OperationalError, 3: OperationalError}
    assert len(store.groups) == 2


def test_a_dead_connection_costs_one_more_try_and_no_question_before() -> None:
    def backend() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    dead = backend()
    other: Any = connection.copy()
    try:
        with other.as_owner(), other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [dead])
    finally:
        other.close()
    assert with_one_retry(backend) != dead


def test_what_fails_on_a_living_connection_is_not_tried_again() -> None:
    tries = []

    def broken() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with pytest.raises(Exception, match="division"):
        with_one_retry(broken)
    assert len(tries) == 1
