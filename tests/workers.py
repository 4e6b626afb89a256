"""The portal's own worker as a process of its own: on the test's database, clock and lab, and killable."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from tests.lab import LabClient

PATIENCE_SECONDS = 100.0
LOOKS_EVERY_SECONDS = 0.03


def wait_until(condition: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS) -> Any:
    """What ``condition`` returned when it was first true.

    Raises:
        AssertionError: it did not become true in time.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {condition}"
        time.sleep(LOOKS_EVERY_SECONDS)
    return found


class Worker:
    """One ``manage.py worker`` with all its children, and beat beside it."""

    def __init__(self, process: subprocess.Popen[bytes], beat: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._beat, self._log = process, beat, log

    def kill(self) -> None:
        """``kill -9`` for the worker, its pool and beat at once: nobody says good-bye."""
        for process in (self.process, self._beat):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Let it end in order, as a supervisor would."""
        for process in (self.process, self._beat):
            if process.poll() is None:
                process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        self.kill()

    def said(self) -> str:
        """What it printed."""
        return self._log.read_text(errors="replace")


@contextmanager
def running_worker(lab: LabClient, **environment: str) -> Iterator[Worker]:
    """A worker with beat beside it; when the block ends nothing of it runs any more.

    It has the addresses, keys and the clock of this test, and starts with the settings that every
    deployment starts with, on top of them ``environment``.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "worker.log"
        with log.open("wb") as output:
            process, beat = (
                subprocess.Popen(
                    [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", *arguments],
                    env={**os.environ, **surroundings(lab), **environment},
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    # A process group of its own, so that one signal reaches the pool as well.
                    start_new_session=True,
                )
                for arguments in (["--concurrency=1"], ["--beat-only"])
            )
        worker = Worker(process, beat, log)
        try:
            yield worker
        except AssertionError as error:
            error.add_note(worker.said())
            raise
        finally:
            worker.stop()


def surroundings(lab: LabClient) -> dict[str, str]:
    """The environment of a process that shall work beside this test."""
    address = urlsplit(os.environ["DATABASE_URL"])
    return {
        "DJANGO_SETTINGS_MODULE": "hrportal.settings",
        "DATABASE_URL": address._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "REDIS_URL": settings.REDIS_URL,
        "PUBLIC_URL": settings.PUBLIC_URL,
        "CLOCK_BUSINESS_EPOCH": str(settings.CLOCK_BUSINESS_EPOCH),
        "CLOCK_REAL_EPOCH": str(settings.CLOCK_REAL_EPOCH),
        "LAB_URL": lab.url,
        "EMAIL_URL": f"smtp://{lab.address.smtp_host}:{lab.address.smtp_port}",
        "BEAT_SECONDS": "1.0",
        "LOG_LEVEL": "WARNING",
    }
