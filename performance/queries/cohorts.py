"""One season's interviews, hires and months as arrays, and the part of them below one branch.

Read once for a whole season and cut by place and position, so that two hundred branches cost one
reading. No name, number or address of a person is read.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from branches.models import Branch, Position
from notifications.enums import Dimension
from performance.analytics.arrays import Floats, Integers, Texts
from performance.analytics.cohort import Cohort
from performance.analytics.members import NO, YES
from performance.models import Hire, HistoricInterview
from performance.queries.journeys import Journey, journeys_of
from performance.queries.reactions import Contact, attitudes_of, contacts_of
from performance.queries.work import Work, work_of
from recruitment.enums import Verdict
from recruitment.models import Application

# A tag that fewer persons have is no group.
LEAST_TAGGED = 5
COMMON = 0.95
NOTHING = Work()


class Interviewed(NamedTuple):
    """One row of either kind of interview; ``key`` is that of the application or historic row."""

    key: object
    branch_id: int
    position_id: int
    score: float
    dimensions: dict[str, float]
    verdict: str
    version: str
    gender: str
    education: str
    graduation_year: int
    tags: list[str]


@dataclass(frozen=True, slots=True)
class SeasonData:
    """Everybody of a season. ``path`` is the branch's, ``position`` the position's key, by row."""

    season: str
    cohort: Cohort
    path: Texts
    position: Integers
    codes: dict[str, str]

    @property
    def positions(self) -> int:
        """How many positions were applied for, each of which has an analysis."""
        return len(np.unique(self.position))

    def at(self, branch: Branch, position: Position | None) -> Cohort:
        """Those who applied at the branch or below, for the position or any, by units below the branch."""
        rows = np.char.startswith(self.path, branch.path)
        if position is not None:
            rows &= self.position == position.pk
        depth = len(branch.path) + Branch.steplen
        units = [self.codes[path[:depth]] for path in self.path[rows].tolist()]
        return replace(self.cohort.only(rows), unit=np.array(units, dtype=np.str_))


def load_season(season: str) -> SeasonData:
    """Read a season: interviews in force of applications here, and historic ones."""
    people = [*_applied(season), *_historic(season)]
    work, hires = work_of(season), _hires(season)
    paths = dict(Branch.objects.values_list("pk", "path"))
    journeys, attitudes, contacts = journeys_of(season), attitudes_of(season), contacts_of(season)
    codes = _dimension_codes(people)
    works = [work.get(hires.get(row.key, 0), NOTHING) for row in people]
    hired = np.array([row.key in hires for row in people], dtype=np.bool_)
    passed = np.array([row.verdict == Verdict.PASS for row in people], dtype=np.bool_)
    steps = [journeys.get(row.key, Journey()) for row in people]
    firsts = [contacts.get(row.key, Contact()) for row in people]
    positions = dict(Position.objects.values_list("pk", "code"))
    cohort = Cohort(
        score=np.array([row.score for row in people], dtype=np.float64),
        dimensions=_matrix([[row.dimensions.get(code) for code in codes] for row in people], len(codes)),
        codes=codes,
        passed=passed,
        hired=hired,
        monthly=_monthly(works),
        attainment=np.array([row.attainment for row in works], dtype=np.float64),
        branch=np.array([row.branch_id for row in people], dtype=np.int64),
        unit=np.full(len(people), ""),
        version=np.array([row.version for row in people], dtype=np.str_),
        reached=_reached(steps, passed=passed, hired=hired),
        channel=np.array([step.channel for step in steps], dtype=np.str_),
        hours=np.array([step.hours for step in steps], dtype=np.float64),
        measures=_measures(works),
        ratios=_ratios(works, steps),
        groups=_groups(people, season),
        protected={"gender": np.array([row.gender for row in people], dtype=np.str_)},
        position=np.array([positions[row.position_id] for row in people], dtype=np.str_),
        attitude=np.array([attitudes.get(row.key, "") for row in people], dtype=np.str_),
        first_channel=np.array([first.channel for first in firsts], dtype=np.str_),
        in_time=np.array([first.in_time for first in firsts], dtype=np.bool_),
        left_unread=np.array([first.left_unread for first in firsts], dtype=np.bool_),
    )
    return SeasonData(
        season=season,
        cohort=cohort,
        path=np.array([paths[row.branch_id] for row in people], dtype=np.str_),
        position=np.array([row.position_id for row in people], dtype=np.int64),
        codes=dict(Branch.objects.values_list("path", "code")),
    )


def _applied(season: str) -> Iterator[Interviewed]:
    rows = Application.objects.filter(season=season, result__isnull=False).values_list(
        *("pk", "branch_id", "position_id", "result__score", "result__dimensions", "result__verdict"),
        *("result__model_version", "person__gender", "person__education"),
        *("person__graduation_year", "person__experience_tags"),
    )
    return _read(rows.order_by("created_at", "pk"))


def _historic(season: str) -> Iterator[Interviewed]:
    rows = HistoricInterview.objects.filter(season=season).values_list(
        *("pk", "branch_id", "position_id", "score", "dimensions", "verdict"),
        *("model_version", "gender", "education", "graduation_year", "experience_tags"),
    )
    return _read(rows.order_by("pk"))


def _read(rows: Any) -> Iterator[Interviewed]:
    for row in rows.iterator(chunk_size=5_000):
        key, branch, position, score, *others = row
        yield Interviewed(key, branch, position, float(score), *others)


def _hires(season: str) -> dict[object, int]:
    """Key of the interview, of either kind, to key of the hire."""
    rows = Hire.objects.filter(season=season)
    here = rows.filter(application__isnull=False).values_list("application_id", "pk")
    return {**dict(here), **dict(rows.filter(historic__isnull=False).values_list("historic_id", "pk"))}


def _dimension_codes(people: list[Interviewed]) -> tuple[str, ...]:
    """Dimensions that nearly everybody has; a new one is analysed from its first whole season."""
    counts: dict[str, int] = defaultdict(int)
    for row in people:
        for code in row.dimensions:
            counts[code] += 1
    common = [code for code, n in counts.items() if n >= COMMON * len(people)]
    order: list[str] = [*Dimension.values, *sorted(common)]
    return tuple(sorted(common, key=order.index))


def _matrix(rows: list[list[float | None]], width: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), width)


def _monthly(works: list[Work]) -> Floats:
    """Persons by calendar months; a month's own mean is taken out later."""
    periods: list[date] = sorted({period for work in works for period in work.scores})
    column = {period: number for number, period in enumerate(periods)}
    found = np.full((len(works), len(periods)), np.nan)
    for number, work in enumerate(works):
        for period, score in work.scores.items():
            found[number, column[period]] = score
    return found


def _reached(steps: list[Journey], *, passed: Any, hired: Any) -> Integers:
    furthest = np.array([step.reached for step in steps], dtype=np.int64)
    return np.where(hired, 6, np.maximum(furthest, passed.astype(np.int64)))


def _measures(works: list[Work]) -> dict[str, Floats]:
    return {
        "complaints": np.array([work.complaints for work in works], dtype=np.float64),
        "transactions": np.array([work.transactions for work in works], dtype=np.float64),
        "project_completion": np.array([work.completion for work in works], dtype=np.float64),
    }


def _ratios(works: list[Work], steps: list[Journey]) -> dict[str, Floats]:
    """Reached over promised for each target of a notice that was measured afterwards."""
    found: dict[str, Floats] = {}
    for number, (work, step) in enumerate(zip(works, steps, strict=True)):
        for code, notified in step.notified.items():
            if code in work.metrics and notified:
                column = found.setdefault(code, np.full(len(works), np.nan))
                column[number] = work.metrics[code] / notified
    return found


def _groups(people: list[Interviewed], season: str) -> dict[str, Texts]:
    """Education, recent graduates, and each experience that enough persons have."""
    counts: dict[str, int] = defaultdict(int)
    for row in people:
        for tag in row.tags:
            counts[tag] += 1
    year = int(season[:4])

    def flag(values: Iterator[bool]) -> Texts:
        return np.array([YES if value else NO for value in values], dtype=np.str_)

    return {
        "education": np.array([row.education for row in people], dtype=np.str_),
        "recent_graduate": flag(row.graduation_year >= year for row in people),
        **{
            f"experience:{tag}": flag(tag in row.tags for row in people)
            for tag, n in sorted(counts.items())
            if n >= LEAST_TAGGED
        },
    }
