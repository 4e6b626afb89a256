"""Groups that are too small to be shown, and those by which they could be worked out."""

from itertools import groupby
from typing import Any

from performance.analytics.minimums import SHOWN

# What stays of a hidden row.
KEPT = ("name", "group", "code", "label")


def hide_small(
    rows: list[dict[str, Any]], *, named_by: str, total: int | None = None
) -> list[dict[str, Any]]:
    """The rows, each with ``suppressed``, and without any figure where that is true.

    Rows of one attribute (``attribute:value``) add up, so a single hidden one would be the
    difference: the next smallest is hidden with it. The same holds for everybody else than the
    row's group, where ``total`` says how many there are.

    Args:
        rows: with ``n`` and a name.
        named_by: the key of the name.
        total: persons of whom each row counts a part.
    """
    found: list[dict[str, Any]] = []
    for _, family in groupby(rows, key=lambda row: str(row[named_by]).rpartition(":")[0]):
        members = list(family)
        hidden = {number for number, row in enumerate(members) if _is_small(row["n"], total)}
        if len(hidden) == 1 and len(members) > 1:
            shown = [number for number in range(len(members)) if number not in hidden]
            hidden.add(min(shown, key=lambda number: int(members[number]["n"])))
        found += [_hidden(row) if number in hidden else row for number, row in enumerate(members)]
    return [{"suppressed": False, **row} for row in found]


def _is_small(n: int, total: int | None) -> bool:
    return 0 < n < SHOWN or (total is not None and 0 < total - n < SHOWN)


def _hidden(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value if key in KEPT else None for key, value in row.items()} | {"suppressed": True}
