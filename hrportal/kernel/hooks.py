"""Hooks: an app declares one where apps above it take part in what it does, and they register with it.

Registered in ``ready()`` of an app's configuration, so that imports point downward and a hook leads to
those who listen.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Hook(Generic[P, R]):
    """Calls every registered function, in the order of registration.

    What it decorates is a signature: its body is never run, and says so.
    """

    def __init__(self, signature: Callable[P, R]) -> None:
        update_wrapper(self, signature)
        self.functions: list[Callable[P, R]] = []

    def register(self, function: Callable[P, R]) -> None:
        """Add a function with the signature of the hook."""
        self.functions.append(function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [function(*args, **kwargs) for function in self.functions]


@Hook
def deliver_message(
    *, channel: str, address: str, subject: str, text: str, link: str, key: str
) -> tuple[str, str, str]:
    """Send one message over a channel; one function does.

    Returns:
        The outcome (a word of ``providers.base.Outcome``), the provider's number, and a code of what went wrong.
    """
    raise NotImplementedError


@Hook
def has_channel(channel: str, /) -> bool:
    """Whether the bank has a channel; one function knows."""
    raise NotImplementedError


@Hook
def history_recorded(
    subjects: Sequence[Any], /, *, action: str, was: str, to: str, now: datetime, by: Any
) -> None:
    """Take part, in its transaction, in what was just written into the history of these rows of one table."""
    raise NotImplementedError
