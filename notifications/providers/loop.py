"""The one event loop of a process on which providers are called, in a thread of its own.

Many calls are in flight at once without a thread each, over connections that are kept; whoever must wait
for one (a look-up, a message outside notices) waits for it from another thread.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_starting = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
# A child must not close what its parent works on: closing would reach into the parent's own epoll.
_of_parent: list[asyncio.AbstractEventLoop] = []


def provider_loop() -> asyncio.AbstractEventLoop:
    """This process's loop, started when it is first asked for."""
    global _loop  # noqa: PLW0603 - a process has one
    with _starting:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="providers", daemon=True).start()
        return _loop


def waited(call: Coroutine[Any, Any, T]) -> T:
    """Run the call on the loop and wait for it; never from the loop itself, which would wait for ever."""
    return asyncio.run_coroutine_threadsafe(call, provider_loop()).result()


def _start_without_loop() -> None:
    global _loop  # noqa: PLW0603 - the thread that ran it stayed behind
    if _loop is not None:
        _of_parent.append(_loop)
        _loop = None
    _starting.release()


# Held over the fork, so that no child inherits a lock whose holder stayed behind.
os.register_at_fork(
    before=_starting.acquire, after_in_parent=_starting.release, after_in_child=_start_without_loop
)
