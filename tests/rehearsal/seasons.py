"""Finished seasons for the analysis: simulated, and stored as seasons from before the portal are."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

import numpy as np
from django.db import transaction
from numpy.random import default_rng

from branches.models import Branch, Position
from performance.analytics.cohort import Cohort
from performance.analytics.simulation import WORK_MEAN, World, simulate
from performance.models import Hire, HistoricInterview, PerformanceRecord
from performance.operations.analyses import want_analyses
from tests.rehearsal.invented import TAGS

# The demo's sign-ins work in Guangdong and Shenzhen, so their pages should have something to show.
HOME, HOME_SHARE, CITY, CITY_SHARE = "44", 0.2, "4402", 0.15
POSITIONS = {"TELLER": 3, "CUSTOMER_MANAGER": 2, "LOBBY_MANAGER": 1, "TECH_ENGINEER": 1}
# The bank rates more widely than the simulation does; a line changes no correlation, and some work poorly.
CENTRE, STRETCH = 73.0, 2.2
# The last autumn whose hires have eight months of records by September of the year after.
SEASON_IS_OVER_IN = 10
# In the second season today's equal weights are not the best ones, so that a proposal can be seen.
WORLDS = (
    World(applicants=2_200, validity=0.40, months=8),
    World(applicants=2_200, validity=0.48, months=8, weights=(1.0, 0.4, 2.4, 1.0, 0.6, 0.4, 2.2)),
)
BATCH = 5_000


class Season(NamedTuple):
    """One autumn: its year, its world, the version of the interview."""

    year: int
    world: World
    version: str

    @property
    def name(self) -> str:
        """As signals call it."""
        return f"{self.year}-autumn"


@transaction.atomic
def load_seasons(*, branches: Sequence[str], seed: int, now: datetime) -> list[Season]:
    """Two seasons before ``now``; the same seed gives the same rows. The worker analyses them."""
    newest = now.year - 1 if now.month >= SEASON_IS_OVER_IN else now.year - 2
    seasons = [
        Season(newest - 1 + number, world, f"v{number + 2}.{number}") for number, world in enumerate(WORLDS)
    ]
    for number, season in enumerate(seasons):
        store_season(season, branches=branches, seed=seed + 2 * number, now=now)
    return seasons


def store_season(season: Season, *, branches: Sequence[str], seed: int, now: datetime) -> None:
    """Interviews, hires and months of records of a simulated season, and the wish for its analyses."""
    cohort = simulate(season.world, seed=seed)
    interviews = HistoricInterview.objects.bulk_create(
        _interviews(cohort, season, branches, Random(f"{season.name} {seed}")), batch_size=BATCH
    )
    hires = Hire.objects.bulk_create(
        [
            Hire(
                employee_no=f"E{season.year + 1}{number:05}",
                historic=interviews[number],
                branch_id=interviews[number].branch_id,
                position_id=interviews[number].position_id,
                season=season.name,
                onboarded_on=date(season.year + 1, 1, 5),
                recorded_at=now,
            )
            for number in np.flatnonzero(cohort.hired)
        ],
        batch_size=BATCH,
    )
    PerformanceRecord.objects.bulk_create(_records(cohort, season, hires, seed, now), batch_size=BATCH)
    want_analyses(season=season.name, now=now)


def _interviews(
    cohort: Cohort, season: Season, branches: Sequence[str], chance: Random
) -> Iterator[HistoricInterview]:
    known = {branch.code: branch for branch in Branch.objects.filter(code__in=branches)}
    positions = list(Position.objects.filter(code__in=POSITIONS))
    weights = [POSITIONS[position.code] for position in positions]
    home = [code for code in known if code.startswith(HOME)] or list(known)
    city = [code for code in home if code.startswith(CITY)] or home
    shares = (1 - HOME_SHARE - CITY_SHARE, HOME_SHARE, CITY_SHARE)
    begins = datetime(season.year, 10, 12, 1, 0, tzinfo=UTC)
    for number in range(len(cohort)):
        at = begins + timedelta(minutes=7 * number)
        dimensions = np.clip(cohort.dimensions[number], 0, 100)
        is_recent = cohort.groups["recent_graduate"][number] == "yes"
        tags = {name for name in ("finance", "student_leader") if cohort.groups[name][number] == "yes"}
        yield HistoricInterview(
            application_ref=f"AP-{season.year}-{number:05}",
            season=season.name,
            branch=known[chance.choice(chance.choices((list(known), home, city), shares)[0])],
            position=chance.choices(positions, weights)[0],
            event_at=at,
            revision=1,
            verdict="pass" if cohort.passed[number] else "fail",
            score=round(float(dimensions.mean()), 1),
            dimensions={code: round(float(x), 1) for code, x in zip(cohort.codes, dimensions, strict=True)},
            model_version=season.version,
            completed_at=at,
            gender=str(cohort.protected["gender"][number]),
            education=str(cohort.groups["education"][number]),
            graduation_year=season.year + 1 if is_recent else season.year - 3,
            experience_tags=sorted(tags | set(chance.sample(TAGS, chance.randint(0, 1)))),
        )


def _records(
    cohort: Cohort, season: Season, hires: Sequence[Hire], seed: int, now: datetime
) -> Iterator[PerformanceRecord]:
    """Months with the measures beside the score: who works well has fewer complaints and reaches more."""
    chance = default_rng(seed)
    for hire, number in zip(hires, np.flatnonzero(cohort.hired), strict=True):
        for month, simulated in enumerate(cohort.monthly[number]):
            better = (float(simulated) - WORK_MEAN) / 10
            transactions = int(chance.integers(180, 420))
            completed = 0.88 + 0.05 * better + 0.06 * chance.standard_normal()
            attained = cohort.attainment[number] + 0.05 * chance.standard_normal()
            yield PerformanceRecord(
                hire=hire,
                period=date(season.year + 1, month + 2, 1),
                score=round(float(np.clip(CENTRE + STRETCH * (simulated - WORK_MEAN), 0, 100)), 1),
                complaints=int(chance.binomial(transactions, max(0.001, 0.008 - 0.003 * better))),
                transactions=transactions,
                project_completion=round(float(np.clip(completed, 0, 1)), 3),
                target_attainment=round(float(np.clip(attained, 0, 2)), 3),
                recorded_at=now,
                source="history",
            )
