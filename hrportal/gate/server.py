"""What Granian calls: collects the body without a thread, then lets a thread of Django's work on it."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol

from hrportal.gate import limits
from hrportal.gate.limits import KIB, MIB, RETRY_SECONDS, Limit, Refusal

# The name under which Django's side finds why there is no body.
REFUSAL = "hrportal.refusal"
# A body up to this size is taken at once; of all larger ones together a process holds so many bytes.
SMALL = 64 * KIB
HELD_BYTES = 256 * MIB
# A refused sender may finish within this time, so that the answer is not lost with the connection.
DRAIN_SECONDS = 1.0
# So many requests for each thread may wait for one; whoever comes later is told to come again.
IN_LINE = 64
JOINED_BY = {"cookie": "; "}

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Scope(Protocol):
    """What Granian says of a request."""

    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    authority: str | None
    headers: Any


class Wire(Protocol):
    """Granian's end of a request: the body comes from it, the answer goes to it."""

    async def __call__(self) -> bytes: ...
    def __aiter__(self) -> Any: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...


@dataclass(slots=True)
class Answer:
    """What the application answered."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class Gate:
    """One per process of the web server."""

    def __init__(self, application: Application, *, threads: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="request")
        # A crowd that is refused waits behind itself, not before those who are served.
        self._refusals = ThreadPoolExecutor(max_workers=1, thread_name_prefix="refusal")
        self._most = {self._threads: threads * IN_LINE, self._refusals: IN_LINE}
        self._in_line = dict.fromkeys(self._most, 0)
        self._held = 0

    async def __rsgi__(self, scope: Scope, wire: Wire) -> None:
        """Answer one request."""
        headers = headers_of(scope)
        body, refusal, threads = b"", None, self._threads
        try:
            if (
                scope.method not in ("GET", "HEAD")
                and {"content-length", "transfer-encoding"} & headers.keys()
            ):
                refusal = limits.refusal(scope.path, headers)
                if refusal or limits.shows_nothing(scope.path, scope.query_string, headers):
                    threads = self._refusals
                    await _drain(wire)
                else:
                    body, refusal = await self._body(
                        limits.limit_of(scope.path), int(headers["content-length"]), wire
                    )
            if refusal:
                threads = self._refusals
            answer = await self._answer(environ_of(scope, headers, body, refusal), threads)
        except _Gone:
            return
        finally:
            self._held -= len(body) if len(body) > SMALL else 0
        wire.response_bytes(answer.status, answer.headers, answer.body)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Granian stops: what waits in line is not begun any more."""
        for threads in self._most:
            threads.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, environ: Environ, threads: ThreadPoolExecutor) -> Answer:
        if self._in_line[threads] >= self._most[threads]:
            return Answer(
                503, [("content-type", "text/plain"), ("retry-after", str(RETRY_SECONDS))], b"Busy.\n"
            )
        self._in_line[threads] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, self._run, environ)
        finally:
            self._in_line[threads] -= 1

    async def _body(self, limit: Limit, length: int, wire: Wire) -> tuple[bytes, Refusal | None]:
        """The body, or nothing and why."""
        try:
            async with asyncio.timeout(limit.seconds):
                body = await wire() if length <= SMALL else await self._collected(wire)
        except TimeoutError:
            return b"", Refusal(408, limit)
        except RuntimeError:
            # Granian's word for a sender who went away.
            raise _Gone from None
        return (b"", Refusal(503, limit)) if body is None else (body, None)

    async def _collected(self, wire: Wire) -> bytes | None:
        """A large body, counted while it arrives; None when the process holds as much as it may."""
        parts: list[bytes] = []
        held = 0
        done = False
        try:
            async for part in wire:
                held += len(part)
                self._held += len(part)
                if self._held > HELD_BYTES:
                    return None
                parts.append(part)
            done = True
            return b"".join(parts)
        finally:
            # What has arrived in full stays counted until it was worked on.
            if not done or held <= SMALL:
                self._held -= held

    def _run(self, environ: Environ) -> Answer:
        answer = Answer()

        def start_response(status: str, headers: list[tuple[str, str]], error: object = None) -> None:
            answer.status, answer.headers = int(status.split(" ", 1)[0]), headers

        content = self._application(environ, start_response)
        try:
            answer.body = b"".join(content)
        finally:
            if close := getattr(content, "close", None):
                close()
        return answer


class _Gone(Exception):
    """The sender went away; nobody waits for an answer."""


async def _drain(wire: Wire) -> None:
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _part in wire:
                pass
    except TimeoutError:
        return
    except RuntimeError:
        raise _Gone from None


def headers_of(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; several of one name are joined, as RFC 9110 reads them.

    A name with an underscore is left out: WSGI could not tell it from the one with a hyphen, and so
    anybody could write over what a proxy says.
    """
    headers: dict[str, str] = {}
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        known = headers.get(name)
        headers[name] = value if known is None else f"{known}{JOINED_BY.get(name, ',')}{value}"
    return headers


def environ_of(scope: Scope, headers: dict[str, str], body: bytes, refusal: Refusal | None) -> Environ:
    """The request as WSGI (PEP 3333) writes it."""
    host, _, port = scope.server.rpartition(":")
    environ: Environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
    if scope.authority and "HTTP_HOST" not in environ:
        environ["HTTP_HOST"] = scope.authority
    if refusal:
        environ[REFUSAL] = refusal
    return environ
