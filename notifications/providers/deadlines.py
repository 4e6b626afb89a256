"""A call of a provider ends in time as a whole: connecting, writing, and an answer that comes drop by drop.

The libraries bound each single wait, so that a server which sends a byte now and then holds a call for
as long as it likes. Here every wait gets what is left of the call.
"""

import smtplib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

# Zero would mean "do not wait at all" to a socket, which is another kind of error.
LEAST_SECONDS = 0.001
# What is written in one go; a server that takes it in drops is noticed in between.
PIECE = 16 * 1024

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Whatever this thread waits for in the block ends in so many seconds; an earlier end outside counts on."""
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


def is_over() -> bool:
    """Whether the call has used up its time."""
    until = _until.get()
    return until is not None and time.monotonic() >= until


def bounded(client: httpx.Client) -> httpx.Client:
    """The same client, whose waits end with the call; proxies of the environment included."""
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001 - httpx has no other way to the sockets
        if isinstance(transport, httpx.HTTPTransport):
            pool = transport._pool  # noqa: SLF001 - the same
            pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001 - the same
    return client


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if is_over():
            raise httpcore.ConnectTimeout
        return _Stream(
            self._inner.connect_tcp(host, port, seconds_left(timeout), local_address, socket_options)
        )

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if is_over():
            raise httpcore.ReadTimeout
        return self._inner.read(max_bytes, seconds_left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            if is_over():
                raise httpcore.WriteTimeout
            self._inner.write(buffer[start : start + PIECE], seconds_left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds_left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Watch:
    """Hangs up an SMTP session when the time of the call is over, wherever in its dialogue it is."""

    def __init__(self) -> None:
        self._session: smtplib.SMTP | None = None
        self._lock = threading.Lock()
        self.has_rung = False

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        """Watch until the block ends; it must stand inside ``within``."""
        timer = threading.Timer(seconds_left() or LEAST_SECONDS, self._ring)
        timer.daemon = True
        timer.start()
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
