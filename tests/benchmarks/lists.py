"""The list of candidates with many rows behind it, as a city and as the head office, row-level security on and off."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from django.db import connection
from django.test import Client

from branches.access import access_of
from branches.models import User
from hrportal.kernel import clocks
from hrportal.kernel.rls import as_owner
from hrportal.kernel.scopes import scoped
from hrportal.rls import declared

PAGE = "/candidates/"
LOOKS, WARM_UPS = 60, 5
# What the backend sends in front.
TOLD = re.compile(r"^(SET LOCAL [^;]*; )+")
INDEXES = ("application_branch_list", "application_list")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How long the page takes one viewer.

    Attributes:
        p95: seconds.
        queries: how many the page asks.
        index: the index that the list's own query walks; "" if it walks none.
    """

    viewer: str
    has_rls: bool
    p95: float
    queries: int
    index: str


def looks(*viewers: str) -> list[Look]:
    """Every viewer with row-level security on, then with the row-level security off."""
    up = [_look(viewer, has_rls=True) for viewer in viewers]
    with _rls_off():
        return up + [_look(viewer, has_rls=False) for viewer in viewers]


def _look(username: str, *, has_rls: bool) -> Look:
    user = User.objects.get(username=username)
    client = Client()
    client.force_login(user)
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((TOLD.sub("", sql), params))
        return execute(sql, params, many, context)

    for _ in range(WARM_UPS):
        client.get(PAGE)
    with connection.execute_wrapper(note):
        client.get(PAGE)
    seconds = [_timed(client) for _ in range(LOOKS)]
    return Look(
        viewer=username,
        has_rls=has_rls,
        p95=quantiles(seconds, n=20)[-1],
        queries=len(asked),
        index=_index_of(asked, user),
    )


def _timed(client: Client) -> float:
    started = time.perf_counter()
    client.get(PAGE)
    return time.perf_counter() - started


def _index_of(asked: list[tuple[str, Any]], user: User) -> str:
    sql, params = next((sql, params) for sql, params in asked if _is_the_list(sql))
    with scoped(access_of(user, now=clocks.now()).scope), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    return next((name for name in INDEXES if f"using {name} " in plan), "")


def _is_the_list(sql: str) -> bool:
    return 'FROM "recruitment_application"' in sql and "ORDER BY" in sql and "LIMIT 51" in sql


@contextmanager
def _rls_off() -> Iterator[None]:
    """For comparison only, in a database that is thrown away."""
    _set_rls("DISABLE")
    try:
        yield
    finally:
        _set_rls("ENABLE")


def _set_rls(word: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        for table in declared.policies():
            cursor.execute(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY")
