"""The AI interview system's side: sends signals over HTTP and keeps its own list of the answers."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from hrportal.kernel.signatures import sign
from tests.rehearsal.signals import Outgoing

SINGLE = "/api/v1/interview-signals"
BATCH = f"{SINGLE}/batch"
# One in four goes alone, the rest in batches, as real senders mix.
ALONE_EVERY, LINES = 4, 40
PER_SECOND = 40.0
# Together longer than a restart of the database takes.
TRIES, PAUSE_SECONDS = 120, 1.0
CONNECT_RETRIES = 8


@dataclass(slots=True)
class Sent:
    """One distinct signal and its first answer.

    ``status`` 0 means that none ever came; ``answered_at`` is real time, seconds since the epoch;
    ``repeats`` are the answers to later deliveries.
    """

    webhook_id: str
    body: bytes = field(repr=False)
    status: int
    answered_at: float
    repeats: list[int] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        return self.status in (200, 202)

    @property
    def rejected(self) -> bool:
        return 400 <= self.status < 500


class Sender:
    """Signs and sends; ``sent`` is the list that the ledgers are held against."""

    def __init__(self, url: str, *, secret: str, stop: threading.Event) -> None:
        transport = httpx.HTTPTransport(retries=CONNECT_RETRIES)
        self.http = httpx.Client(base_url=url, transport=transport, timeout=30, trust_env=False)
        self._secret, self._stop, self._batches = secret, stop, 0
        self.sent: dict[str, Sent] = {}

    def ready(self) -> None:
        """Wait until the portal answers; raises ``httpx.HTTPError`` if it never does."""
        self.http.get("/healthz").raise_for_status()

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Send all in their order, at most ``PER_SECOND``, alone and in batches, until told to stop."""
        started, done = time.monotonic(), 0
        for group in _groups(messages):
            if self._stop.is_set():
                return
            if len(group) > 1:
                self._batch(group)
            else:
                for _time in range(group[0].times):
                    status, _ = self._post(SINGLE, group[0].webhook_id, group[0].body)
                    self._note(group[0].webhook_id, group[0].body, status)
            done += len(group)
            # Not faster than an interview season; the portal's own speed is for the benchmark.
            self._stop.wait(max(0.0, started + done / PER_SECOND - time.monotonic()))

    def _batch(self, group: Sequence[Outgoing]) -> None:
        self._batches += 1
        batch_id = f"batch-{group[0].webhook_id}-{self._batches}"
        status, answer = self._post(BATCH, batch_id, b"\n".join(message.body for message in group))
        by_line = {int(row["line"]): int(row["status"]) for row in answer.get("results", [])}
        for line, message in enumerate(group, start=1):
            # A batch that is refused as a whole is refused for every line of it.
            self._note(f"{batch_id}:{line}", message.body, by_line.get(line, 0 if status < 300 else status))

    def _note(self, webhook_id: str, body: bytes, status: int) -> None:
        if known := self.sent.get(webhook_id):
            known.repeats.append(status)
        else:
            self.sent[webhook_id] = Sent(webhook_id, body, status, time.time())

    def _post(self, path: str, webhook_id: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Send until there is an answer that is not "later"; the same id makes that harmless."""
        for _try in range(TRIES):
            headers = sign(body, message_id=webhook_id, timestamp=int(time.time()), secret=self._secret)
            try:
                response = self.http.post(
                    path, content=body, headers={**headers, "Content-Type": "application/json"}
                )
            except httpx.TransportError:
                response = None
            if response is not None and response.status_code < 500:
                try:
                    answer = response.json()
                except json.JSONDecodeError:
                    answer = {}
                return response.status_code, answer if isinstance(answer, dict) else {}
            if self._stop.wait(PAUSE_SECONDS):
                break
        return 0, {}


def _groups(messages: Sequence[Outgoing]) -> Iterator[list[Outgoing]]:
    """Singles for what is delivered twice and for one in four, batches of the rest; one line is sent alone."""
    batch: list[Outgoing] = []
    for index, message in enumerate(messages):
        if message.times > 1 or index % ALONE_EVERY == 0:
            yield [message]
            continue
        batch.append(message)
        if len(batch) == LINES:
            yield batch
            batch = []
    if batch:
        yield batch
