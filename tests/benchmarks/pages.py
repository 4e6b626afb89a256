"""The pages of every day with many rows behind them, as head office and as a city."""

import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from branches.models import User
from hrportal.kernel.scopes import scoped
from recruitment.models import Person
from tests.benchmarks.report import Row, row

LOOKS, WARM_UPS = 40, 3
LISTS = {"candidates": "/candidates/", "home": "/", "reviews": "/reviews/", "deliveries": "/deliveries/"}
VIEWERS = ("hq_hr", "city_hr")
MOST_MS, MOST_QUERIES, MOST_GROWTH = 40.0, 12, 1.3


def rows(*, applications: int, runs: int, before: dict[str, float]) -> list[Row]:
    """p95 and statements of each page; ``before`` has the p95 with fewer rows, and gets these where it is empty."""
    found: list[Row] = []
    p95: dict[str, float] = {}
    for viewer in VIEWERS:
        client = Client()
        client.force_login(User.objects.get(username=viewer))
        for page, url in _urls(client).items():
            name = f"page {page} as {viewer}, {applications:,} applications"
            seconds = [_looks(client, url) for _ in range(runs)]
            found.append(row(f"{name}: p50", [1000 * quantiles(run, n=20)[9] for run in seconds], "ms"))
            target = min(MOST_MS, p95.get(page, MOST_MS)) if viewer != VIEWERS[0] else MOST_MS
            worst = row(f"{name}: p95", [1000 * quantiles(run, n=20)[18] for run in seconds], "ms", target)
            found.append(worst)
            p95.setdefault(page, worst.value)
            if first := before.get(f"{page} {viewer}"):
                growth = row(f"{name}: p95 against fewer rows", [worst.value / first], "times", MOST_GROWTH)
                found.append(growth)
            else:
                before[f"{page} {viewer}"] = worst.value
            found.append(row(f"{name}: statements", [_statements(client, url)], "statements", MOST_QUERIES))
    return found


def _urls(client: Client) -> dict[str, str]:
    """The lists, and the first candidate of the list that the viewer sees."""
    page = client.get(f"{LISTS['candidates']}?state=notified").text
    first = page.partition('class="lead-cell"><a href="')[2].partition('"')[0]
    if not first:
        return LISTS
    # The rows were made by the database, which encrypts nothing.
    person = Person.objects.get(applications=UUID(first.strip("/").rpartition("/")[2]))
    person.id_number = "110101199001010015"
    person.save(update_fields=["id_number"])
    return LISTS | {"detail": first}


def _looks(client: Client, url: str) -> Sequence[float]:
    for _ in range(WARM_UPS):
        client.get(url)
    return [_timed(client, url) for _ in range(LOOKS)]


def _timed(client: Client, url: str) -> float:
    started = time.perf_counter()
    # As a request comes in: with no scope but its own.
    with scoped(None):
        status = client.get(url).status_code
    assert status == 200, f"{url} answered {status}."
    return time.perf_counter() - started


def _statements(client: Client, url: str) -> int:
    asked: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        asked.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        client.get(url)
    return len(asked)
