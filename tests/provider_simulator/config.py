"""What the lab is told at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How candidates behave, as shares of all people; what is left of 1.0 never reacts to anything."""

    accept: float = 0.55
    decline: float = 0.10
    ask: float = 0.05
    other_date: float = 0.03
    read_only: float = 0.07
    # Silent in the app, in WeChat and by email, but reads an SMS and accepts.
    wakes_by_sms: float = 0.14


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Ports, secrets and temper. A port of 0 takes a free one. Times are real seconds."""

    host: str = "127.0.0.1"
    port: int = 8600
    smtp_port: int = 8625
    ledger: Path | None = None
    callback_base: str = "http://127.0.0.1:8000"
    # From acceptance to the first callback, and between callbacks.
    callback_seconds: float = 0.05
    late_seconds: float = 5.0
    hang_seconds: float = 60.0
    chaos: float = 0.0
    seed: int = 1
    # Real seconds of one business minute in the candidates' lives.
    minute: float = 1.0
    candidates: bool = True
    shares: Shares = field(default_factory=Shares)

    # The portal's settings about other systems by name; each provider knows its own account and secrets.
    portal: Mapping[str, str] = field(repr=False)
    signal_secret: str = field(repr=False)
