"""Keyset pages: row 900,000 costs what row 1 costs."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
NOT_VALID = "This page link is not valid; start from the first page."


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
    backwards, values = _decode(cursor, 2)
    edge = (_moment(values[0]), str(values[1])) if values else None
    upwards = backwards is not ascending
    if edge is not None:
        moment, key = edge
        op = "gt" if upwards else "lt"
        rows = rows.filter(Q(**{f"{by}__{op}": moment}) | Q(**{by: moment, f"pk__{op}": key}))
    order = (by, "pk") if upwards else (f"-{by}", "-pk")
    found = list(rows.order_by(*order)[: size + 1])
    return _page(found, size=size, columns=(by, "pk"), backwards=backwards, is_first=edge is None)


def page_in_order(rows: QuerySet[Row], *, by: Sequence[str], cursor: str = "", size: int = 50) -> Page[Row]:
    """One page ordered upwards by several columns or annotations, then by key.

    None of ``by`` may be null, and each must read what ``str`` writes of it unless it is a whole number.
    A row whose values change between two pages is found at its new place.

    Raises ``BadRequest`` for a cursor that we did not make.
    """
    columns = (*by, "pk")
    backwards, edge = _decode(cursor, len(columns))
    try:
        if edge:
            rows = rows.filter(_beyond(columns, edge, "lt" if backwards else "gt"))
        found = list(rows.order_by(*(f"-{name}" if backwards else name for name in columns))[: size + 1])
    except (ValidationError, ValueError, TypeError):
        raise BadRequest(NOT_VALID) from None
    return _page(found, size=size, columns=columns, backwards=backwards, is_first=not edge)


def _beyond(columns: Sequence[str], edge: Sequence[object], op: str) -> Q:
    """Rows behind the edge: the first column that differs from it is beyond."""
    beyond = Q()
    for at, name in enumerate(columns):
        same = dict(zip(columns[:at], edge, strict=False))
        beyond |= Q(**same, **{f"{name}__{op}": edge[at]})
    return beyond


def _page(
    found: list[Row], *, size: int, columns: Sequence[str], backwards: bool, is_first: bool
) -> Page[Row]:
    """Cut the row that only proves that there are more."""
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = more if not backwards else True
    has_previous = more if backwards else not is_first
    return Page(
        rows=found,
        next=_encode(found[-1], columns, backwards=False) if found and has_next else "",
        previous=_encode(found[0], columns, backwards=True) if found and has_previous else "",
    )


def _encode(row: Model, columns: Sequence[str], *, backwards: bool) -> str:
    values = [getattr(row, name) for name in columns]
    plain = [value if isinstance(value, int) else _text(value) for value in values]
    text = json.dumps([int(backwards), *plain])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _decode(cursor: str, length: int) -> tuple[bool, list[int | str]]:
    """The direction and the values of the edge row; none without a cursor."""
    if not cursor:
        return False, []
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        backwards, *values = json.loads(raw)
    except (binascii.Error, ValueError, TypeError):
        raise BadRequest(NOT_VALID) from None
    if len(values) != length or not all(isinstance(value, int | str) for value in values):
        raise BadRequest(NOT_VALID)
    return bool(backwards), values


def _moment(value: int | str) -> datetime:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise BadRequest(NOT_VALID) from None
