"""Intake over HTTP: signed signals, one by one and in batches, from client processes of their own."""

import http.client
import json
import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from urllib.parse import urlsplit

from django.conf import settings

from hrportal.kernel.signatures import sign
from tests.rehearsal.signals import Outgoing

CLIENTS = 4
SINGLE = "/api/v1/interview-signals"
BATCH = f"{SINGLE}/batch"
LINES = 500
Request = tuple[str, bytes, dict[str, str]]


class Refused(Exception):
    """The portal did not store what was sent; a rate of refusals is no rate of intake."""


def singles(messages: Sequence[Outgoing]) -> list[Request]:
    """One signed request for each signal; signing is the sender's work and not measured."""
    return [(SINGLE, message.body, _headers(message.body, message.webhook_id)) for message in messages]


def batches(messages: Sequence[Outgoing]) -> list[Request]:
    """Signed batches of ``LINES``."""
    found = []
    for start in range(0, len(messages), LINES):
        body = b"\n".join(message.body for message in messages[start : start + LINES])
        found.append((BATCH, body, _headers(body, f"bench-batch-{start}")))
    return found


def send_all(url: str, requests: Sequence[Request]) -> float:
    """Seconds until every request has its answer, sent over ``CLIENTS`` kept connections.

    Raises:
        Refused: an answer was not 202.
    """
    context = multiprocessing.get_context("fork")
    barrier, failures = context.Barrier(CLIENTS + 1), context.SimpleQueue()
    crew = [
        context.Process(target=_send, args=(url, requests[number::CLIENTS], barrier, failures), daemon=True)
        for number in range(CLIENTS)
    ]
    for process in crew:
        process.start()
    barrier.wait()
    started = time.monotonic()
    for process in crew:
        process.join()
    seconds = time.monotonic() - started
    if not failures.empty():
        raise Refused(failures.get())
    return seconds


def _send(
    url: str, requests: Sequence[Request], barrier: Barrier, failures: "multiprocessing.SimpleQueue[str]"
) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.connect()
    barrier.wait()
    for path, body, headers in requests:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        results = json.loads(answer).get("results", []) if path == BATCH else []
        if response.status != 202 or any(line["status"] != 202 for line in results):
            failures.put(f"{path} answered {response.status}")
            return
    connection.close()


def _headers(body: bytes, webhook_id: str) -> dict[str, str]:
    secret = settings.SIGNAL_SECRETS[0].strip()
    return sign(body, message_id=webhook_id, timestamp=int(time.time()), secret=secret)
