"""Whether this process was asked to stop, for work that takes rows round by round.

Celery's parent gets the signal and lets every child finish the task in hand; a child would never know.
So the parent sets one byte that all processes forked from it share.
"""

import mmap
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_asked = mmap.mmap(-1, 1)


def ask_to_stop() -> None:
    """From now on nothing new is taken, in this process and in those that it has forked."""
    _asked[0] = 1


def asked_to_stop() -> bool:
    """Whether to take nothing new."""
    return bool(_asked[0])


def until_stopped(items: Iterable[T]) -> Iterator[T]:
    """The items one by one; none after the process was asked to stop. What is left waits for the next one."""
    for item in items:
        if asked_to_stop():
            return
        yield item
