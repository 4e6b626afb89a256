"""Several processes that live and die together: the web, the workers, the lab.

A parent that is asked to stop stops its children. For a parent that is killed, every child holds
the reading end of a pipe whose writing end only the parent has: the kernel closes it, and the child
asks itself to stop as if it had been told to.
"""

import os
import queue
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
PARENT_PIPE = "HRPORTAL_PARENT_PIPE"
STOP_SECONDS = 20
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Family:
    """Child commands of ``manage.py``; leaving the ``with`` block stops them all.

    Ctrl-C, SIGTERM and a closed terminal end ``wait``; outside ``wait`` they have no effect, so that
    stopping is never interrupted half-way.
    """

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        # None: we were asked to stop. A queue of this kind may be fed from a signal handler.
        self._news: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._read_end, self._write_end = os.pipe()
        self._handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}

    def __enter__(self) -> Self:
        for number in STOP_SIGNALS:
            signal.signal(number, self._asked_to_stop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._read_end)
        os.close(self._write_end)

    def start(
        self,
        name: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        """Start ``manage.py`` with the arguments, with ``environment`` on top of our own.

        What it prints goes where ours goes, or into a fresh file ``log``.
        """
        inode = os.fstat(self._read_end).st_ino
        with log.open("wb") if log else nullcontext() as output:
            child = subprocess.Popen(
                [sys.executable, str(MANAGE), *arguments],
                env={**os.environ, **(environment or {}), PARENT_PIPE: f"{self._read_end}:{inode}"},
                pass_fds=(self._read_end,),
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                # Ctrl-C goes to the parent alone, which then stops everyone in order.
                start_new_session=True,
            )
        self._children[name] = child
        threading.Thread(target=self._await, args=(name, child), daemon=True).start()

    def wait(self) -> str | None:
        """Wait until a child ends, whose name is returned, or until we are asked to stop (None)."""
        return self._news.get()

    def status(self, name: str) -> int | None:
        """The exit status of a child, None while it runs."""
        return self._children[name].poll()

    def stop(self) -> None:
        """Ask every child to end, and end those that do not within ``STOP_SECONDS``, with all that they started."""
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(STOP_SECONDS)
            # The group: the pool of a worker goes with it, and so does a beat that was only being born when
            # its worker was told to stop, and would outlive it.
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def _await(self, name: str, child: subprocess.Popen[bytes]) -> None:
        child.wait()
        self._news.put(name)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._news.put(None)


def end_with_parent() -> None:
    """In a child of a Family: stop this process when the parent is gone. Elsewhere: nothing."""
    descriptor, _, inode = os.environ.get(PARENT_PIPE, "").partition(":")
    if not descriptor or not _is_the_pipe(int(descriptor), int(inode)):
        return

    def watch() -> None:
        os.read(int(descriptor), 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _is_the_pipe(descriptor: int, inode: int) -> bool:
    """Whether the number still is what the parent passed; a grandchild may hold another file there."""
    try:
        found = os.fstat(descriptor)
    except OSError:
        return False
    return stat.S_ISFIFO(found.st_mode) and found.st_ino == inode
