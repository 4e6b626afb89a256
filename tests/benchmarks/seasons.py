"""A large finished season, analysed for every place of the bank; one stored analysis read, and the pages of it."""

import time

from django.test import Client

from branches.enums import BranchLevel
from branches.models import Branch, User
from branches.queries import head_office
from hrportal.kernel import clocks
from performance.analytics.simulation import World
from performance.operations.analyses import compute_waiting
from performance.queries.analyses import stored_analysis
from performance.rendering.panels import PANELS
from tests.benchmarks.report import Row, row
from tests.rehearsal.seasons import Season, store_season

# One in five is hired.
SEASON = Season(2024, World(applicants=100_000, cut_off=82.3), "v1")
READS, LOOKS = 200, 5


def fill() -> None:
    """Interviews, hires and six months of records of a simulated season."""
    branches = Branch.objects.exclude(level=BranchLevel.HEAD_OFFICE).values_list("code", flat=True)
    store_season(SEASON, branches=list(branches), seed=1, now=clocks.now())


def compute() -> tuple[int, float]:
    """Read the season and compute the analyses of all its places and positions."""
    started = time.monotonic()
    return compute_waiting(now=clocks.now()), time.monotonic() - started


def read() -> tuple[int, float]:
    """What a page reads."""
    bank, started = head_office(), time.monotonic()
    for _ in range(READS):
        stored_analysis(season=SEASON.name, branch=bank)
    return READS, time.monotonic() - started


def pages(username: str) -> tuple[int, float]:
    """Every panel of the viewer's own branch over HTTP, each several times."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    client.get("/analysis/")
    started = time.monotonic()
    for panel in PANELS:
        for _ in range(LOOKS):
            client.get(f"/analysis/{panel}/?season={SEASON.name}")
    return LOOKS * len(PANELS), time.monotonic() - started


def measure(*, runs: int) -> list[Row]:
    """Rows for the report: computed once, read and shown several times."""
    fill()
    number, seconds = compute()
    found = [row(f"{number} analyses of {SEASON.world.applicants:,} interviews", [seconds], "s")]
    for name, look in (
        ("stored analysis read", read),
        ("analysis page, head office", lambda: pages("hq_hr")),
        ("analysis page, a city", lambda: pages("city_hr")),
    ):
        times = [look() for _ in range(runs)]
        found.append(row(name, [1000 * seconds / number for number, seconds in times], "ms"))
    return found
