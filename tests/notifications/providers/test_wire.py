"""What all HTTP providers share."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.providers.base import Outcome, SendResult
from notifications.providers.twilio import Twilio
from notifications.providers.wire import LONGEST_WAIT, AccessToken, http_client, retry_after
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


def test_threads_fetch_one_token() -> None:
    fetched, gate = [], threading.Barrier(8)

    def fetch() -> tuple[str, int]:
        fetched.append(1)
        return "token", 7200

    token = AccessToken(fetch)

    def ask() -> None:
        gate.wait()
        token.get()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    token.forget("an older one")
    assert (token.get(), len(fetched)) == ("token", 1)
    token.forget("token")
    assert (token.get(), len(fetched)) == ("token", 2)


def test_threads_that_come_first_together_share_one_client(
    lab: LabClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made, gate = httpx.Client, [], threading.Barrier(8)

    def make_slowly(**options: Any) -> httpx.Client:
        # Every other thread finds meanwhile that there is no client yet.
        threading.Event().wait(0.05)
        made.append(make(**options))
        return made[-1]

    def ask(_thread: int) -> httpx.Client:
        gate.wait()
        return http_client()

    monkeypatch.setattr(httpx, "Client", make_slowly)
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(ask, range(8)))
    assert len(made) == 1
    assert all(client is made[0] for client in clients)


def test_a_token_that_cannot_be_had_is_not_remembered() -> None:
    answers: list[SendResult | tuple[str, int]] = [SendResult(outcome=Outcome.TRANSIENT), ("token", 7200)]
    token = AccessToken(lambda: answers.pop(0))
    assert isinstance(token.get(), SendResult)
    assert token.get() == "token"


def test_no_number_reaches_the_log_at_any_level(lab: LabClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        provider, text = Twilio(), message("+8613800000001")
        provider.send(text)
        provider.look_up(text, since=datetime.now(UTC))
    assert "13800000001" not in caplog.text
    assert "13800000001" not in repr(text)
