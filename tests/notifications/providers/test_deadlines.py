"""A call ends in time as a whole, from a server that answers drop by drop or not at all."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from pytest_django import Settings

from notifications.providers.base import Outcome, SendResult
from notifications.providers.smtp import Smtp
from notifications.providers.twilio import Twilio
from notifications.providers.wire import close_http_client, exchange
from tests.notifications.providers.messages import message

LIMIT_SECONDS = 1.0
# A machine that does much else is slow; without the limit these calls would last for a minute.
IN_TIME_SECONDS = 8.0
DROPS = 600


@contextmanager
def dripping(greeting: bytes = b"", drop: bytes = b"") -> Iterator[int]:
    """A port that says ``greeting`` at once and then a ``drop`` ten times a second, to whoever connects."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _address = listener.accept()
                    threading.Thread(target=drip, args=(line,), daemon=True).start()

        def drip(line: socket.socket) -> None:
            with line, suppress(OSError):
                line.sendall(greeting)
                for _number in range(DROPS):
                    if over.wait(0.1):
                        return
                    line.sendall(drop)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def limited(settings: Settings) -> Iterator[Settings]:
    settings.PROVIDER_TIMEOUT_SECONDS = settings.EMAIL_TIMEOUT = LIMIT_SECONDS
    close_http_client()
    yield settings
    close_http_client()


@pytest.mark.parametrize(
    ("greeting", "drop"),
    [
        (b"", b""),
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nx: ", b"y"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{", b" "),
    ],
    ids=["silent", "dripping status", "dripping header", "dripping body"],
)
def test_an_http_call_ends_as_a_whole(limited: Settings, greeting: bytes, drop: bytes) -> None:
    with dripping(greeting, drop) as port:
        started = time.monotonic()
        result = exchange("POST", f"http://127.0.0.1:{port}/", data=b"{}")
        assert time.monotonic() - started < IN_TIME_SECONDS
    assert isinstance(result, SendResult)
    # It connected and wrote, so nobody knows what the server took.
    assert result.outcome in (Outcome.UNKNOWN, Outcome.TRANSIENT)
    assert result.outcome is Outcome.UNKNOWN or not greeting


def test_an_sms_to_a_dripping_provider_is_unknown(limited: Settings) -> None:
    with dripping(b"HTTP/1.1 201 Created\r\nContent-Length: 6000\r\n\r\n{", b" ") as port:
        limited.TWILIO_API_BASE_URL = f"http://127.0.0.1:{port}"
        assert Twilio().send(message("+8613800000000")).outcome is Outcome.UNKNOWN


GREETED = b"220 relay\r\n"


@pytest.mark.parametrize(
    ("greeting", "drop"),
    [
        (b"", b""),
        (b"220 ", b"r"),
        (GREETED, b"2"),
        (GREETED + b"250 relay\r\n250 sender\r\n250 recipient\r\n354 ", b"g"),
    ],
    ids=["silent", "dripping greeting", "dripping hello", "dripping before the text"],
)
def test_a_mail_that_did_not_leave_ends_in_time_and_is_tried_again(
    limited: Settings, greeting: bytes, drop: bytes
) -> None:
    assert outcome_of_mail(limited, greeting, drop) is Outcome.TRANSIENT or b"354" in greeting


def test_a_mail_whose_answer_drips_is_unknown(limited: Settings) -> None:
    said = GREETED + b"250 relay\r\n250 sender\r\n250 recipient\r\n354 go\r\n250 "
    assert outcome_of_mail(limited, said, b"o") is Outcome.UNKNOWN


def outcome_of_mail(limited: Settings, greeting: bytes, drop: bytes) -> Outcome:
    provider = Smtp()
    with dripping(greeting, drop) as port:
        limited.EMAIL_HOST, limited.EMAIL_PORT = "127.0.0.1", port
        started = time.monotonic()
        result = provider.send(message("c7x1@example.com"))
        assert time.monotonic() - started < IN_TIME_SECONDS
    provider.close()
    return result.outcome
