"""Several processes that live and die together: the web, the workers, and in a rehearsal the provider simulator.

A child that ends by itself is started again where that was asked for; a child that cannot stay up is
given up, and everybody with it, loudly.

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
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import structlog

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
PARENT_PIPE = "HRPORTAL_PARENT_PIPE"
# Longer than a worker needs that ends its last calls; together with the clean-up less than orchestrators wait.
STOP_SECONDS = 35
# A child that ends sooner than this after its start has failed; so many failures on end, and it is given up.
STEADY_SECONDS, MOST_FAILURES = 20.0, 6
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
log = structlog.get_logger()
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Child:
    """One child command, with what is needed to start it once more.

    ``restart_at`` is when a child that ended is started again (``time.monotonic``), None while it runs.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path | None
    watched: bool
    process: "subprocess.Popen[bytes]"
    started_at: float
    failures: int = 0
    restart_at: float | None = None


class ProcessGroup:
    """Child commands of ``manage.py``; leaving the ``with`` block stops them all.

    Ctrl-C, SIGTERM and a closed terminal end ``wait``; outside ``wait`` they have no effect, so that
    stopping is never interrupted half-way.
    """

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}
        # None: we were asked to stop. A queue of this kind may be fed from a signal handler.
        self._news: queue.SimpleQueue[tuple[str, subprocess.Popen[bytes]] | None] = queue.SimpleQueue()
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
        watched: bool = False,
    ) -> None:
        """Start ``manage.py`` with the arguments, with ``environment`` on top of our own.

        What it prints goes where ours goes, or into a fresh file ``log``. A ``watched`` child that ends
        is started again by ``wait``.
        """
        if log:
            log.unlink(missing_ok=True)
        process = self._run(name, arguments, environment or {}, log)
        self._children[name] = Child(arguments, environment or {}, log, watched, process, time.monotonic())

    def wait(self) -> str | None:
        """Wait until a child ended that is not started again, whose name is returned, or until we are asked to stop."""
        while True:
            due = [child.restart_at for child in self._children.values() if child.restart_at is not None]
            try:
                news = self._news.get(timeout=max(0.0, min(due) - time.monotonic()) if due else None)
            except queue.Empty:
                self._restart_due()
                continue
            if news is None:
                return None
            name, process = news
            child = self._children[name]
            if process is child.process and not self._will_restart(name, child):
                return name

    def status(self, name: str) -> int | None:
        """The exit status of a child, None while it runs."""
        return self._children[name].process.poll()

    def pid(self, name: str) -> int:
        """The number of the process that the child has now."""
        return self._children[name].process.pid

    def stop(self) -> None:
        """Ask every child to end, and end those that do not within ``STOP_SECONDS``, with all that they started."""
        processes = [child.process for child in self._children.values()]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
            _end_group(process)

    def _run(
        self, name: str, arguments: tuple[str, ...], environment: Mapping[str, str], log: Path | None
    ) -> "subprocess.Popen[bytes]":
        inode = os.fstat(self._read_end).st_ino
        with log.open("ab") if log else nullcontext() as output:
            process = subprocess.Popen(
                [sys.executable, str(MANAGE), *arguments],
                env={**os.environ, **environment, PARENT_PIPE: f"{self._read_end}:{inode}"},
                pass_fds=(self._read_end,),
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                # Ctrl-C goes to the parent alone, which then stops everyone in order.
                start_new_session=True,
            )
        threading.Thread(target=self._await, args=(name, process), daemon=True).start()
        return process

    def _will_restart(self, name: str, child: Child) -> bool:
        """Whether the child that ended is started again, and when; the pause grows with every failure."""
        if not child.watched:
            return False
        # What it started would hold on to its port or its messages.
        _end_group(child.process)
        steady = time.monotonic() - child.started_at >= STEADY_SECONDS
        child.failures = 1 if steady else child.failures + 1
        status = child.process.returncode
        if child.failures >= MOST_FAILURES:
            log.error("process_given_up", process=name, status=status, failures=child.failures)
            return False
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (child.failures - 1), LONGEST_PAUSE_SECONDS)
        log.error("process_ended", process=name, status=status, started_again_in=pause)
        child.restart_at = time.monotonic() + pause
        return True

    def _restart_due(self) -> None:
        for name, child in self._children.items():
            if child.restart_at is not None and child.restart_at <= time.monotonic():
                child.restart_at, child.started_at = None, time.monotonic()
                child.process = self._run(name, child.arguments, child.environment, child.log)
                log.warning("process_started_again", process=name, pid=child.process.pid)

    def _await(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        process.wait()
        self._news.put((name, process))

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._news.put(None)


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of the child's group: the pool of a worker, or what was only being born as it ended."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_with_parent() -> None:
    """In a child of a ``ProcessGroup``: stop this process when the parent is gone. Elsewhere: nothing."""
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
