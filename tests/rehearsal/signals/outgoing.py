"""One signal as the AI interview system will send it."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A body under its id.

    ``times`` counts deliveries of the very same message; it goes out ``after_minutes`` of business
    time after the morning's signals.
    """

    webhook_id: str
    body: bytes = field(repr=False)
    times: int = 1
    after_minutes: float = 0.0


def read_signals(path: Path) -> list[Outgoing]:
    """One signal a line, whatever is in it: what is no signal, the portal must refuse, not we.

    The ids follow from the content, so that the same file sent again is the same messages again.
    """
    lines = [line.strip() for line in path.read_bytes().split(b"\n")]
    return [
        Outgoing(webhook_id=f"file-{number}-{sha256(line).hexdigest()[:16]}", body=line)
        for number, line in enumerate(lines, start=1)
        if line
    ]
