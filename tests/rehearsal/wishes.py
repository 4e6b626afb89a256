"""What the person who starts the demonstration asked for, read from the environment."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from hrportal.environment import FALSE, TRUE

DEFAULT_SIGNALS = 300
DEFAULT_RATE = 60.0
MOST_SIGNALS = 100_000


class WishImpossible(Exception):
    """A variable holds something that cannot be done; the message names it and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """``signals`` is a number to generate or a file of one signal a line; ``limit`` is in real seconds.

    ``port`` is None where any free one will do; ``rate`` is business seconds per real second.
    """

    once: bool
    signals: int | Path
    password: str = field(repr=False)
    rate: float
    limit: float | None
    port: int | None
    seed: int

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read ONCE, DEMO_SIGNALS, DEMO_PASSWORD, DEMO_RATE, DEMO_LIMIT, DEMO_SEED and PORT.

        Raises:
            WishImpossible: one of them cannot be understood.
        """
        return cls(
            once=_yes(environment, "ONCE"),
            signals=_signals(environment.get("DEMO_SIGNALS", "").strip()),
            password=environment.get("DEMO_PASSWORD") or secrets.token_urlsafe(9),
            rate=_number(environment, "DEMO_RATE", least=1.0, most=600.0) or DEFAULT_RATE,
            limit=_number(environment, "DEMO_LIMIT", least=1.0, most=86_400.0),
            port=_whole(environment, "PORT", default=0, least=1, most=65_535) or None,
            seed=_whole(environment, "DEMO_SEED", default=1, least=0, most=2**31),
        )


def _signals(text: str) -> int | Path:
    if not text:
        return DEFAULT_SIGNALS
    if text.isascii() and text.isdigit():
        if not 1 <= int(text) <= MOST_SIGNALS:
            raise WishImpossible(f"DEMO_SIGNALS must lie between 1 and {MOST_SIGNALS}.")
        return int(text)
    path = Path(text).expanduser()
    if not path.is_file():
        raise WishImpossible(f"DEMO_SIGNALS is neither a number nor a file: {text}")
    return path.resolve()


def _number(environment: Mapping[str, str], name: str, *, least: float, most: float) -> float | None:
    text = environment.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise WishImpossible(f"{name} is not a number: {text}") from None
    if not least <= value <= most:
        raise WishImpossible(f"{name} must lie between {least:g} and {most:g}.")
    return value


def _whole(environment: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    value = _number(environment, name, least=least, most=most)
    if value is not None and value != int(value):
        raise WishImpossible(f"{name} must be a whole number.")
    return default if value is None else int(value)


def _yes(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").strip().lower()
    if text not in TRUE | FALSE | {""}:
        raise WishImpossible(f"{name} is neither yes nor no: {text}. Set it to 1, or leave it out.")
    return text in TRUE
