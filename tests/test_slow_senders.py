"""Hundreds of senders who never finish, against the real web server: everybody else is served."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from django.conf import settings

from hrportal.kernel.signatures import sign
from tests.serving import own_database, serving

SOCKETS = 500
# At most so long, or ten times as long as without slow senders on a machine that does much else.
IN_TIME_SECONDS, TIMES_ALONE = 2.0, 10
pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A web server without workers; these tests ask it for nothing that they would do."""
    with own_database("slow") as environment, serving(environment, "--no-worker"):
        yield environment["PUBLIC_URL"]


def signed_headers() -> str:
    headers = sign(b"{}", message_id="slow", timestamp=int(time.time()), secret=settings.SIGNAL_SECRETS[0])
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


@contextmanager
def slow_senders(
    address: str, path: str, headers: str, *, length: int = 60_000
) -> Iterator[list[socket.socket]]:
    """As many connections as we may open, each with a body that has begun and does not go on."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    host, port = address.removeprefix("http://").split(":")
    begun = f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n{{".encode()
    sockets: list[socket.socket] = []
    try:
        for _number in range(min(SOCKETS, soft - 200)):
            one = socket.create_connection((host, int(port)), timeout=10)
            sockets.append(one)
            one.sendall(begun)
        assert len(sockets) >= 100
        yield sockets
    finally:
        for one in sockets:
            one.close()


def drip(sockets: list[socket.socket]) -> int:
    """One more byte from each; returns how many could still send."""
    alive = 0
    for one in sockets:
        try:
            one.send(b" ")
        except OSError:
            continue
        alive += 1
    return alive


def seconds_for(address: str, path: str) -> float:
    started = time.monotonic()
    assert httpx.get(f"{address}{path}", timeout=30).status_code == httpx.codes.OK
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/webhooks/app", ""),
        ("/api/v1/interview-signals", "signed"),
        ("/api/v1/interview-signals/batch", "signed"),
        ("/sign-in/", "Cookie: csrftoken=anything\r\n"),
    ],
)
def test_slow_bodies_hold_nobody_up(address: str, path: str, headers: str) -> None:
    pages = ("/healthz", "/sign-in/")
    limits = {page: max(IN_TIME_SECONDS, TIMES_ALONE * seconds_for(address, page)) for page in pages}
    with slow_senders(address, path, signed_headers() if headers == "signed" else headers) as sockets:
        for _time in range(3):
            drip(sockets)
            for page in pages:
                assert seconds_for(address, page) < limits[page]


def answer_of(one: socket.socket) -> str:
    one.settimeout(30)
    return one.recv(4096).decode("latin-1").partition("\r\n")[0]


def test_who_shows_no_signature_is_refused_before_the_body(address: str) -> None:
    with slow_senders(address, "/api/v1/interview-signals", "") as sockets:
        assert " 401 " in answer_of(sockets[0])


def test_a_length_beyond_the_limit_is_refused_before_the_body(address: str) -> None:
    cookie = "Cookie: csrftoken=anything\r\n"
    with slow_senders(address, "/sign-in/", cookie, length=10_000_000) as sockets:
        assert " 413 " in answer_of(sockets[0])


def test_a_body_that_drips_is_given_up(address: str) -> None:
    cookie = "Cookie: csrftoken=anything\r\n"
    with slow_senders(address, "/sign-in/", cookie) as sockets:
        one = sockets[0]
        one.settimeout(1)
        answer = b""
        # A byte a second, for as long as the server listens.
        while not answer:
            one.send(b" ")
            try:
                answer = one.recv(4096)
            except TimeoutError:
                continue
        assert b" 408 " in answer.partition(b"\r\n")[0]
