"""Two finished seasons for the analysis pages: simulated, and loaded as a season from before the portal is."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.random import Generator, default_rng

from performance.analytics.cohort import Cohort
from performance.analytics.simulation import WORK_MEAN, World, simulate
from performance.operations.history import (
    HIRES,
    INTERVIEWS,
    RECORDS,
    HistoryImported,
    import_history,
)
from performance.wire import HIRES as HIRE_LAYOUT
from tests.rehearsal.signals.invented import TAGS, invent

APPLICANTS, MONTHS = 2_200, 8
# The demo's sign-ins work in Guangdong and Shenzhen, so their pages should have something to show.
HOME, HOME_SHARE, CITY, CITY_SHARE = "44", 0.2, "4402", 0.15
POSITIONS = (
    "TELLER",
    "TELLER",
    "TELLER",
    "CUSTOMER_MANAGER",
    "CUSTOMER_MANAGER",
    "LOBBY_MANAGER",
    "TECH_ENGINEER",
)
RECORD_COLUMNS = (
    *("employee_no", "period", "score", "complaints", "transactions"),
    *("project_completion", "target_attainment"),
)
# The bank rates more widely than the simulation does; a line changes no correlation, and some work poorly.
CENTRE, STRETCH = 73.0, 2.2
# The last autumn whose hires have eight months of records by September of the year after.
SEASON_IS_OVER_IN = 10
# In the second season today's equal weights are not the best ones, so that a proposal can be seen.
WORLDS = (
    World(applicants=APPLICANTS, validity=0.40, months=MONTHS),
    World(applicants=APPLICANTS, validity=0.48, months=MONTHS, weights=(1.0, 0.4, 2.4, 1.0, 0.6, 0.4, 2.2)),
)


@dataclass(frozen=True, slots=True)
class DemoSeason:
    """One autumn: its year, its world, the version of the interview."""

    year: int
    world: World
    version: str

    @property
    def name(self) -> str:
        """As signals call it."""
        return f"{self.year}-autumn"


def load_seasons(*, branches: Sequence[str], seed: int, now: datetime) -> list[HistoryImported]:
    """Two seasons before ``now``; the same seed gives the same people. The worker analyses them."""
    newest = now.year - 1 if now.month >= SEASON_IS_OVER_IN else now.year - 2
    seasons = [
        DemoSeason(newest - 1 + number, world, f"v{number + 2}.{number}")
        for number, world in enumerate(WORLDS)
    ]
    with TemporaryDirectory() as folder:
        return [
            _load(Path(folder), season, branches=branches, seed=seed + 2 * number, now=now)
            for number, season in enumerate(seasons)
        ]


def _load(
    folder: Path, season: DemoSeason, *, branches: Sequence[str], seed: int, now: datetime
) -> HistoryImported:
    cohort = simulate(season.world, seed=seed)
    chance = Random(f"season {season.name} {seed}")
    lines = _interviews(cohort, season, _places(branches, chance), chance)
    (folder / INTERVIEWS).write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines))
    hired = [int(number) for number in np.flatnonzero(cohort.hired)]
    first_day = date(season.year + 1, 1, 5)
    _write(
        folder / f"{HIRES}.csv",
        HIRE_LAYOUT.names,
        ((_reference(season, number), _employee(season, number), first_day) for number in hired),
    )
    _write(folder / f"{RECORDS}.csv", RECORD_COLUMNS, _records(cohort, season, hired, default_rng(seed)))
    return import_history(folder=folder, now=now)


def _places(branches: Sequence[str], chance: Random) -> list[str]:
    home = [code for code in branches if code.startswith(HOME)]
    city = [code for code in home if code.startswith(CITY)]
    groups = (list(branches), home or list(branches), city or list(branches))
    weights = (1 - HOME_SHARE - CITY_SHARE, HOME_SHARE, CITY_SHARE)
    return [chance.choice(chance.choices(groups, weights)[0]) for _ in range(APPLICANTS)]


def _interviews(
    cohort: Cohort, season: DemoSeason, places: list[str], chance: Random
) -> Iterable[dict[str, Any]]:
    taken: set[str] = set()
    begins = datetime(season.year, 10, 12, 1, 0, tzinfo=UTC)
    for number in range(len(cohort)):
        at = (begins + timedelta(minutes=7 * number)).isoformat()
        person = invent(number, None, tag=f"s{season.year}", chance=chance, taken=taken)
        yield {
            "type": "interview.completed",
            "timestamp": at,
            "data": {
                "interview_id": f"IV-{season.year}-{number}",
                "revision": 1,
                "season": season.name,
                "candidate": person.facts | _facts(cohort, season, number, chance),
                "application": {
                    "application_ref": _reference(season, number),
                    "branch_code": places[number],
                    "position_code": POSITIONS[number % len(POSITIONS)],
                    "preference": 1,
                },
                "result": _result(cohort, season, number, at),
            },
        }


def _facts(cohort: Cohort, season: DemoSeason, number: int, chance: Random) -> dict[str, Any]:
    tags = {name for name in ("finance", "student_leader") if cohort.groups[name][number] == "yes"}
    return {
        "gender": str(cohort.protected["gender"][number]),
        "education": str(cohort.groups["education"][number]),
        "graduation_year": season.year + 1
        if cohort.groups["recent_graduate"][number] == "yes"
        else season.year - 3,
        "experience_tags": sorted(tags | set(chance.sample(TAGS, chance.randint(0, 1)))),
    }


def _result(cohort: Cohort, season: DemoSeason, number: int, at: str) -> dict[str, Any]:
    dimensions = np.clip(cohort.dimensions[number], 0, 100)
    return {
        "verdict": "pass" if cohort.passed[number] else "fail",
        "score": round(float(dimensions.mean()), 1),
        "dimensions": {
            code: round(float(value), 1) for code, value in zip(cohort.codes, dimensions, strict=True)
        },
        "model_version": season.version,
        "completed_at": at,
    }


def _records(
    cohort: Cohort, season: DemoSeason, hired: list[int], chance: Generator
) -> Iterable[tuple[Any, ...]]:
    """Months with the measures beside the score: who works well has fewer complaints and reaches more."""
    for number in hired:
        for month, simulated in enumerate(cohort.monthly[number]):
            score = np.clip(CENTRE + STRETCH * (simulated - WORK_MEAN), 0, 100)
            better = (float(simulated) - WORK_MEAN) / 10
            transactions = int(chance.integers(180, 420))
            yield (
                _employee(season, number),
                f"{season.year + 1}-{month + 2:02}",
                round(float(score), 1),
                int(chance.binomial(transactions, max(0.001, 0.008 - 0.003 * better))),
                transactions,
                round(float(np.clip(0.88 + 0.05 * better + 0.06 * chance.standard_normal(), 0, 1)), 3),
                round(float(np.clip(cohort.attainment[number] + 0.05 * chance.standard_normal(), 0, 2)), 3),
            )


def _reference(season: DemoSeason, number: int) -> str:
    return f"AP-{season.year}-{number:05}"


def _employee(season: DemoSeason, number: int) -> str:
    return f"E{season.year + 1}{number:05}"


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
