"""What the lab accepted, in order: the other side's books, against which the portal's are checked."""

import json
import re
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

# ASCII only: in Chinese text the link ends where the next sentence begins.
LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
TRAILING = ".,;:!?)]'"


def link_in(text: str) -> str:
    """Return the first link in a text, or an empty string."""
    found = LINK.search(text)
    return found.group().rstrip(TRAILING) if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted message. ``n`` counts from 1 without a gap; ``accepted_at`` is wall-clock ISO time."""

    n: int
    provider: str
    channel: str
    provider_id: str
    recipient: str
    accepted_at: str
    idempotency_key: str
    body: str
    link: str


class Ledger:
    """Append-only in memory and, if given a path, as one JSON line per entry in a file."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the file for appending."""
        self._entries: list[Entry] = []
        self._by_recipient: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._by_key: dict[tuple[str, str], tuple[Entry, float]] = {}
        self._file: IO[str] | None = None
        self._first = 1
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a", encoding="utf-8")

    def accept(
        self,
        *,
        provider: str,
        channel: str,
        provider_id: str,
        recipient: str,
        idempotency_key: str,
        body: str,
        link: str = "",
    ) -> Entry:
        """Write one acceptance, to the file before anybody is answered."""
        entry = Entry(
            n=self._first + len(self._entries),
            provider=provider,
            channel=channel,
            provider_id=provider_id,
            recipient=recipient,
            accepted_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            idempotency_key=idempotency_key,
            body=body,
            link=link or link_in(body),
        )
        self._entries.append(entry)
        self._by_recipient[provider, recipient].append(entry)
        self._by_key[provider, idempotency_key] = (entry, time.monotonic())
        if self._file is not None:
            self._file.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")
            self._file.flush()
        return entry

    def duplicate_of(self, provider: str, idempotency_key: str, *, window_seconds: float) -> Entry | None:
        """Return the entry under the same key if it is younger than the provider's dedupe window."""
        found = self._by_key.get((provider, idempotency_key))
        if found is None or not idempotency_key or time.monotonic() - found[1] > window_seconds:
            return None
        return found[0]

    def to(self, provider: str, recipient: str) -> list[Entry]:
        """Return what one provider accepted for one recipient, oldest first."""
        return list(self._by_recipient[provider, recipient])

    def after(self, n: int, *, limit: int = 10_000) -> list[Entry]:
        """Return up to ``limit`` entries above number ``n``."""
        start = max(0, n - self._first + 1)
        return self._entries[start : start + limit]

    def counts(self) -> dict[str, int]:
        """Return accepted messages by provider."""
        return dict(Counter(entry.provider for entry in self._entries))

    def forget(self) -> None:
        """Empty the memory. Numbers go on and the file keeps its lines."""
        self._first += len(self._entries)
        self._entries.clear()
        self._by_recipient.clear()
        self._by_key.clear()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
