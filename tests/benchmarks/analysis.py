"""A large finished season, analysed for every place of the bank; one stored analysis read, and the pages of it."""

import time
from datetime import date, datetime

from django.test import Client

from branches.enums import BranchLevel
from branches.models import Branch, Position, User
from branches.queries import head_office
from hrportal.kernel import clocks
from performance.analytics.cohort import Cohort
from performance.analytics.simulation import World, simulate
from performance.models import Hire, HistoricInterview, PerformanceRecord
from performance.operations.analyses import compute_waiting, want_analyses
from performance.queries.analyses import stored_analysis
from performance.rendering.panels import PANELS

SEASON = "2024-autumn"
FIRST_DAY = date(2025, 1, 6)
# One in five is hired.
LARGE = World(applicants=100_000, cut_off=82.3)
READS, LOOKS = 200, 5
BATCH = 5_000


def fill() -> None:
    """Interviews, hires and six months of records of a simulated season."""
    cohort, now = simulate(LARGE, seed=1), clocks.now()
    interviews = HistoricInterview.objects.bulk_create(_interviews(cohort, now), batch_size=BATCH)
    hires = Hire.objects.bulk_create(
        [_hire(interviews[number], now) for number in cohort.hired.nonzero()[0]], batch_size=BATCH
    )
    PerformanceRecord.objects.bulk_create(
        [
            PerformanceRecord(
                hire=hire,
                period=date(2025, month + 2, 1),
                score=round(min(100.0, float(score)), 2),
                target_attainment=1,
                recorded_at=now,
                source="history",
            )
            for hire, months in zip(hires, cohort.monthly[cohort.hired], strict=True)
            for month, score in enumerate(months)
        ],
        batch_size=BATCH,
    )
    want_analyses(season=SEASON, now=now)


def compute() -> tuple[int, float]:
    """Read the season and compute the analyses of all its places and positions."""
    started = time.monotonic()
    return compute_waiting(now=clocks.now()), time.monotonic() - started


def read() -> tuple[int, float]:
    """What a page reads."""
    bank, started = head_office(), time.monotonic()
    for _ in range(READS):
        stored_analysis(season=SEASON, branch=bank)
    return READS, time.monotonic() - started


def pages(username: str) -> tuple[int, float]:
    """Every panel of the viewer's own branch over HTTP, each several times."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    client.get("/analysis/")
    started = time.monotonic()
    for panel in PANELS:
        for _ in range(LOOKS):
            client.get(f"/analysis/{panel}/?season={SEASON}")
    return LOOKS * len(PANELS), time.monotonic() - started


def _interviews(cohort: Cohort, now: datetime) -> list[HistoricInterview]:
    branches = list(Branch.objects.exclude(level=BranchLevel.HEAD_OFFICE))
    positions = list(Position.objects.all())
    return [
        HistoricInterview(
            application_ref=f"bench-{number}",
            season=SEASON,
            branch=branches[number % len(branches)],
            position=positions[number % len(positions)],
            event_at=now,
            revision=1,
            verdict="pass" if cohort.passed[number] else "fail",
            score=round(min(100.0, float(cohort.score[number])), 2),
            dimensions=dict(zip(cohort.codes, map(float, cohort.dimensions[number]), strict=True)),
            model_version="v1",
            completed_at=now,
            gender=str(cohort.protected["gender"][number]),
            education=str(cohort.groups["education"][number]),
            graduation_year=2024 if cohort.groups["recent_graduate"][number] == "yes" else 2020,
            experience_tags=["finance"] if cohort.groups["finance"][number] == "yes" else [],
        )
        for number in range(len(cohort))
    ]


def _hire(interview: HistoricInterview, now: datetime) -> Hire:
    return Hire(
        employee_no=f"bench-{interview.application_ref}",
        historic=interview,
        branch_id=interview.branch_id,
        position_id=interview.position_id,
        season=SEASON,
        onboarded_on=FIRST_DAY,
        recorded_at=now,
    )
