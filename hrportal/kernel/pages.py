"""Keyset pages: row 900,000 costs what row 1 costs."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.exceptions import BadRequest
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page, and the cursors of its neighbours ("" where there is none)."""

    rows: list[Row]
    next: str
    previous: str


def page(
    rows: QuerySet[Row], *, by: str, cursor: str = "", size: int = 50, ascending: bool = False
) -> Page[Row]:
    """One page ordered by ``-by, -pk``; ``by`` is a date or date-time column that is never null.

    ``ascending`` turns the order round. A cursor names the edge row and the direction. Raises
    ``BadRequest`` for one we did not make.
    """
    backwards, edge = _decode(cursor)
    upwards = backwards is not ascending
    if edge is not None:
        moment, key = edge
        op = "gt" if upwards else "lt"
        rows = rows.filter(Q(**{f"{by}__{op}": moment}) | Q(**{by: moment, f"pk__{op}": key}))
    order = (by, "pk") if upwards else (f"-{by}", "-pk")
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = more if not backwards else True
    has_previous = more if backwards else edge is not None
    return Page(
        rows=found,
        next=_encode(found[-1], by, backwards=False) if found and has_next else "",
        previous=_encode(found[0], by, backwards=True) if found and has_previous else "",
    )


def _encode(row: Model, by: str, *, backwards: bool) -> str:
    moment = getattr(row, by)
    text = json.dumps([int(backwards), moment.isoformat(), str(row.pk)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[bool, tuple[datetime, str] | None]:
    if not cursor:
        return False, None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        backwards, moment, key = json.loads(raw)
        return bool(backwards), (datetime.fromisoformat(moment), str(key))
    except (binascii.Error, ValueError, TypeError):
        raise BadRequest("This page link is not valid; start from the first page.") from None
