"""What all HTTP providers share."""

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.providers.base import Outcome, SendResult
from notifications.providers.loop import provider_loop, waited
from notifications.providers.twilio import Twilio
from notifications.providers.wire import (
    LONGEST_WAIT,
    AccessToken,
    Response,
    close_http_client,
    exchange,
    retry_after,
)
from tests.lab import LabClient
from tests.notifications.providers.messages import message


@given(st.text(max_size=40))
def test_any_retry_after_is_within_bounds(value: str) -> None:
    assert timedelta() <= retry_after({"Retry-After": value}) <= LONGEST_WAIT


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    in_a_minute = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert retry_after({"retry-after": "7"}) == timedelta(seconds=7)
    assert timedelta(seconds=50) < retry_after({"Retry-After": in_a_minute}) <= timedelta(seconds=60)
    assert retry_after({"Retry-After": "999999999999"}) == LONGEST_WAIT


def test_calls_fetch_one_token() -> None:
    fetched = []

    async def fetch() -> tuple[str, int]:
        fetched.append(1)
        await asyncio.sleep(0)
        return "token", 7200

    token = AccessToken(fetch)

    async def ask(times: int) -> list[str | SendResult]:
        return await asyncio.gather(*(token.get() for _ in range(times)))

    assert waited(ask(8)) == ["token"] * 8
    assert len(fetched) == 1
    token.forget("an older one")
    assert (waited(token.get()), len(fetched)) == ("token", 1)
    token.forget("token")
    assert (waited(token.get()), len(fetched)) == ("token", 2)


def test_threads_that_come_first_together_share_one_loop_and_one_client(
    lab: LabClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made, gate = aiohttp.ClientSession, [], threading.Barrier(8)

    def counted(**options: Any) -> aiohttp.ClientSession:
        made.append(make(**options))
        return made[-1]

    def ask(_thread: int) -> object:
        gate.wait()
        assert isinstance(exchange("GET", f"{lab.url}/"), Response)
        return provider_loop()

    monkeypatch.setattr(aiohttp, "ClientSession", counted)
    with ThreadPoolExecutor(8) as pool:
        loops = set(pool.map(ask, range(8)))
    assert (len(loops), len(made)) == (1, 1)


def test_connections_are_kept_and_a_redirect_is_not_followed(lab: LabClient) -> None:
    lines: list[tuple[str, int]] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, address = listener.accept()
            lines.append(address)
            with line:
                while line.recv(65536):
                    line.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        answers = [exchange("GET", url) for _time in range(3)]
        close_http_client()
        thread.join()
    assert [isinstance(one, Response) and one.status_code for one in answers] == [302] * 3
    assert len(lines) == 1


def test_a_token_that_cannot_be_had_is_not_remembered() -> None:
    answers: list[SendResult | tuple[str, int]] = [SendResult(outcome=Outcome.TRANSIENT), ("token", 7200)]

    async def fetch() -> tuple[str, int] | SendResult:
        return answers.pop(0)

    token = AccessToken(fetch)
    assert isinstance(waited(token.get()), SendResult)
    assert waited(token.get()) == "token"


def test_no_number_reaches_the_log_at_any_level(lab: LabClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        provider, text = Twilio(), message("+8613800000001")
        provider.send(text)
        provider.look_up(text, since=datetime.now(UTC))
    assert "13800000001" not in caplog.text
    assert "13800000001" not in repr(text)
