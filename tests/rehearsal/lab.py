"""The demonstration's view of the provider lab: the ledger, the people it plays, what is to come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import httpx

CONNECT_RETRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One message a provider took. ``accepted_at`` is real time."""

    number: int
    provider: str
    provider_id: str
    recipient: str = field(repr=False)
    link: str = field(repr=False)
    accepted_at: datetime


class Lab:
    """Asks the lab's own pages; connecting is tried again until the lab has come up."""

    def __init__(self, url: str) -> None:
        transport = httpx.HTTPTransport(retries=CONNECT_RETRIES)
        self._http = httpx.Client(base_url=url, transport=transport, timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def ledger(self) -> list[LedgerEntry]:
        """Everything any provider has accepted, oldest first."""
        entries: list[LedgerEntry] = []
        last = 0
        while True:
            page = self._http.get("/lab/ledger", params={"after": last}).raise_for_status().json()
            if not page["entries"]:
                return entries
            entries.extend(_entry(row) for row in page["entries"])
            last = page["last"]

    def introduce(self, people: Iterable[Mapping[str, str]]) -> None:
        """Tell the lab whom it plays: addresses, phone, last six characters of the ID."""
        self._http.post("/lab/people", json=list(people)).raise_for_status()

    def pending(self) -> int:
        """Callbacks still to come and candidates who are still going to do something."""
        summary = self.summary()
        return int(summary["callbacks"]["pending"]) + int(summary["candidates"]["pending"])

    def summary(self) -> dict[str, Any]:
        """The lab's counts."""
        found: dict[str, Any] = self._http.get("/lab/summary").raise_for_status().json()
        return found


def _entry(row: Mapping[str, Any]) -> LedgerEntry:
    return LedgerEntry(
        number=int(row["n"]),
        provider=row["provider"],
        provider_id=row["provider_id"],
        recipient=row["recipient"],
        link=row["link"],
        accepted_at=datetime.fromisoformat(row["accepted_at"]),
    )
