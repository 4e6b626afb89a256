"""Whether two sets of facts can be of one person: pure."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet


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
