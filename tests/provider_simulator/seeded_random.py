"""Chance that repeats: the same seed and the same words give the same number in every run."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def fraction(seed: int, *words: str) -> float:
    """Return a number in [0, 1) that depends on nothing but the arguments."""
    digest = hashlib.blake2b("\x1f".join((str(seed), *words)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


def pick(options: Sequence[T], seed: int, *words: str) -> T:
    """Return one of the options by the same chance."""
    return options[int(fraction(seed, *words) * len(options))]
