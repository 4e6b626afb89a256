"""A running provider simulator for tests, and a server that plays the portal's callback addresses."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.provider_simulator.client import Simulator
from tests.provider_simulator.management.commands.providerlab import config_from_settings
from tests.provider_simulator.provider import addresses
from tests.provider_simulator.server import Address, running

LAB_OPTIONS: dict[str, Any] = {
    "host": "127.0.0.1",
    "port": 0,
    "smtp_port": 0,
    "ledger": None,
    "callback_base": "http://127.0.0.1:9",
    "callback_seconds": 0.02,
    "late_seconds": 0.3,
    "hang_seconds": 3.0,
    "chaos": 0.0,
    "seed": 1,
    "minute": 0.001,
    "no_candidates": True,
}


class LabClient(Simulator):
    """What a test may do with the simulator that runs for it."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.url)
        self.address, self.url = address, address.url

    def settings(self) -> dict[str, Any]:
        """Settings that point every provider at this simulator."""
        return {
            "LAB_URL": self.url,
            **addresses(self.url),
            "EMAIL_HOST": self.address.smtp_host,
            "EMAIL_PORT": self.address.smtp_port,
        }


@contextmanager
def running_lab(**options: Any) -> Iterator[LabClient]:
    """Run a lab with the portal's present settings; ``options`` are those of the command."""
    config = config_from_settings(**{**LAB_OPTIONS, **options})
    with running(config) as address, LabClient(address) as client:
        yield client


@dataclass(frozen=True)
class Callback:
    """One request as the provider made it."""

    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The query as a flat mapping."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


class Receiver:
    """Takes callbacks and keeps them for the test."""

    def __init__(self) -> None:
        received: queue.Queue[Callback] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                url = f"http://{self.headers['Host']}{self.path}"
                received.put(Callback(url, dict(self.headers.items()), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                """Keep the test's output clean."""

        self._received = received
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, count: int = 1) -> list[Callback]:
        """Wait for so many callbacks.

        Raises:
            queue.Empty: fewer came within five seconds.
        """
        return [self._received.get(timeout=5) for _ in range(count)]

    def is_quiet(self, seconds: float) -> bool:
        """Tell whether nothing comes for so long."""
        try:
            self._received.get(timeout=seconds)
        except queue.Empty:
            return True
        return False
