"""What the person who starts the rehearsal asked for, read from the environment as the settings are."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from hrportal.environment import flag, number, refuse, text, whole

# A slow machine may take its time as long as something moves; nothing may move in circles for ever.
LONGEST_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``signals`` is a number to invent or a file of one signal a line; ``limit`` is in real seconds.

    ``port`` is None where any free one will do; ``rate`` is business seconds per real second.
    """

    once: bool
    signals: int | Path
    password: str = field(repr=False)
    rate: float
    limit: float
    port: int | None
    seed: int


def read_options() -> Options:
    """Read ONCE, DEMO_SIGNALS, DEMO_PASSWORD, DEMO_RATE, DEMO_LIMIT, DEMO_SEED and PORT.

    Raises:
        ImproperlyConfigured: one of them cannot be understood; the message names it and the remedy.
    """
    named = text("DEMO_SIGNALS")
    file = Path(named).expanduser().resolve()
    is_file = bool(named) and not (named.isascii() and named.isdigit())
    if is_file and not file.is_file():
        raise refuse("DEMO_SIGNALS", "Give a number, or the path of a file with one signal a line.")
    return Options(
        once=flag("ONCE", default=False),
        signals=file if is_file else whole("DEMO_SIGNALS", 300, least=1, most=100_000),
        password=text("DEMO_PASSWORD") or secrets.token_urlsafe(9),
        rate=number("DEMO_RATE", 60.0, least=1, most=600),
        limit=number("DEMO_LIMIT", LONGEST_SECONDS, least=1, most=86_400),
        port=settings.PORT if text("PORT") else None,
        seed=whole("DEMO_SEED", 1, least=0, most=2**31),
    )
