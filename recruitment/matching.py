"""Whether two sets of facts can be of one person: pure."""

import re
import unicodedata
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from recruitment.identity import without_invisible

_BETWEEN = re.compile(r"[\s\-\u2010-\u2015'\u2019\u00b7\u2022\u30fb\u2027.,]+")


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in their writing only: width, case, spaces, dots and hyphens."""
    return _folded(one) == _folded(other)


def contradict(*, known: Mapping[str, AbstractSet[bytes]], sent: Mapping[str, bytes]) -> bool:
    """Whether the addresses of an event speak against the person, whose name it says otherwise, too.

    Args:
        known: the indexes of every address ever known, by kind.
        sent: those of the event.

    Returns:
        False only if one address is known and none is new beside known ones of its kind: somebody who got
        another name has not got another phone on the same day.
    """
    if any(known.get(kind) and index not in known[kind] for kind, index in sent.items()):
        return True
    return not any(index in known.get(kind, ()) for kind, index in sent.items())


def _folded(name: str) -> str:
    written = unicodedata.normalize("NFKC", without_invisible(name)).casefold()
    return _BETWEEN.sub("", written)
