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
        found.append((BATCH, body, _headers(body, f"batch-of-{messages[start].webhook_id}")))
    return found


def send_all(url: str, requests: Sequence[Request], *, clients: int = 4) -> tuple[float, list[float]]:
    """Seconds until every request has its answer, and of each request, sent over kept connections.

    Raises:
        Refused: an answer was not what it should be.
    """
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(clients + 1), context.SimpleQueue()
    crew = [
        context.Process(target=_send, args=(url, requests[number::clients], barrier, answers), daemon=True)
        for number in range(clients)
    ]
    for process in crew:
        process.start()
    # A client that cannot connect never comes to the barrier.
    barrier.wait(timeout=60)
    started = time.monotonic()
    found = [answers.get() for _ in crew]
    seconds = time.monotonic() - started
    for process in crew:
        process.join()
    if refused := [said for said, _each in found if said]:
        raise Refused(refused[0])
    return seconds, [one for _said, each in found for one in each]


def callbacks(path: str, posts: Sequence[tuple[bytes, dict[str, str]]]) -> list[Request]:
    """What a provider posts to its callback address."""
    return [(path, body, headers) for body, headers in posts]


def _send(
    url: str,
    requests: Sequence[Request],
    barrier: Barrier,
    answers: "multiprocessing.SimpleQueue[tuple[str, list[float]]]",
) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.connect()
    barrier.wait()
    seconds: list[float] = []
    for path, body, headers in requests:
        started = time.perf_counter()
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        seconds.append(time.perf_counter() - started)
        results = json.loads(answer).get("results", []) if path == BATCH else []
        if response.status not in (200, 202, 204) or any(line["status"] != 202 for line in results):
            answers.put((f"{path} answered {response.status}", seconds))
            return
    connection.close()
    answers.put(("", seconds))


def _headers(body: bytes, webhook_id: str) -> dict[str, str]:
    secret = settings.SIGNAL_SECRETS[0].strip()
    return sign(body, message_id=webhook_id, timestamp=int(time.time()), secret=secret)
