"""A call of a provider ends in time as a whole: connecting, writing, and an answer that comes drop by drop.

A send may be several calls (a token, the message, both again): together they have the time of one. An SMTP
library bounds each single wait only, so that a server which sends a byte now and then would hold a call for as
long as it likes; its line is hung up when the time is over.
"""

import asyncio
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

# Zero would mean "do not wait at all" to a socket, which is another kind of error.
LEAST_SECONDS = 0.001

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever this call waits for in the block ends in so many seconds; an earlier end outside counts on."""
    outer = _until.get()
    until = time.monotonic() + seconds
    token = _until.set(until if outer is None else min(until, outer))
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left(timeout: float | None = None) -> float | None:
    """The time-out for the next wait: ``timeout``, or what is left of the call if that is less."""
    until = _until.get()
    if until is None:
        return timeout
    left = max(LEAST_SECONDS, until - time.monotonic())
    return left if timeout is None else min(timeout, left)


class Watch:
    """Hangs up an SMTP session when the time of the call is over, wherever in its dialogue it is."""

    def __init__(self) -> None:
        self._session: smtplib.SMTP | None = None
        self._lock = threading.Lock()
        self.has_rung = False

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        """Watch until the block ends; it must stand on a loop and inside ``within``."""
        timer = asyncio.get_running_loop().call_later(seconds_left() or LEAST_SECONDS, self._ring)
        token = _watch.set(self)
        try:
            yield self
        finally:
            _watch.reset(token)
            timer.cancel()
            with self._lock:
                self._session = None

    def on(self, session: smtplib.SMTP) -> None:
        """Watch this session from now on."""
        with self._lock:
            self._session = session
        if self.has_rung:
            self._ring()

    def _ring(self) -> None:
        with self._lock:
            self.has_rung = True
            line = self._session.sock if self._session else None
            if line is not None:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


class _Watched:
    """Mixed into smtplib's sessions: the greeting is read before anybody else has the session."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line: socket.socket = super()._get_socket(host, port, seconds_left(timeout))  # type: ignore[misc]  # smtplib's own hook, left out of the stubs
        self.__dict__["sock"] = line
        if watch := _watch.get():
            watch.on(self)  # type: ignore[arg-type]  # a connection of either kind
        return line


class WatchedSMTP(_Watched, smtplib.SMTP):
    """A session in the clear, or with STARTTLS."""


class WatchedSMTPS(_Watched, smtplib.SMTP_SSL):
    """A session inside TLS."""
