"""The simulator's own pages, asked from another process: what it took, how it shall behave, whom it plays."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import httpx

CONNECT_RETRIES = 8


class Simulator:
    """A simulator at an address; connecting is tried again until it has come up."""

    def __init__(self, url: str) -> None:
        transport = httpx.HTTPTransport(retries=CONNECT_RETRIES)
        self.http = httpx.Client(base_url=url, transport=transport, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def ledger(self) -> list[dict[str, Any]]:
        """Everything any provider has accepted, oldest first; each has the fields of ``ledger.Entry``."""
        entries: list[dict[str, Any]] = []
        while page := self._get("/lab/ledger", after=entries[-1]["n"] if entries else 0)["entries"]:
            entries += page
        return entries

    def summary(self) -> dict[str, Any]:
        """The simulator's counts."""
        return self._get("/lab/summary")

    def pending(self) -> int:
        """Callbacks still to come and candidates who are still going to do something."""
        summary = self.summary()
        return int(summary["callbacks"]["pending"]) + int(summary["candidates"]["pending"])

    def introduce(self, people: Iterable[Mapping[str, str]]) -> None:
        """Tell the simulator whom it plays: addresses, phone, last six characters of the ID."""
        self._post("/lab/people", list(people))

    def behave(self, match: str, do: str, times: int | None = None) -> None:
        """Give a standing order."""
        self._post("/lab/behaviour", {"match": match, "do": do, "times": times})

    def configure(self, **options: Any) -> None:
        """Change callback_base, chaos, minute, candidates or answer_seconds."""
        self._post("/lab/config", options)

    def read(self, provider: str, provider_id: str) -> None:
        """Let the receiver open one message now."""
        self._post("/lab/read", {"provider": provider, "provider_id": provider_id})

    def reset(self) -> None:
        """Forget everything."""
        self._post("/lab/reset", {})

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(path, params=query).raise_for_status().json()
        return answer

    def _post(self, path: str, body: Any) -> None:
        self.http.post(path, json=body).raise_for_status()
