"""What the analysis says of seasons that break its assumptions, and how often it finds something in nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from performance.analytics.arrays import Figure, is_known
from performance.analytics.cohort import Cohort
from performance.analytics.family import WHOLE, share_of
from performance.analytics.groups import Group
from performance.analytics.report import analyse
from performance.analytics.results import Before, Report
from performance.analytics.worlds import DEGENERATE, WORLDS, BankWorld, simulate_bank

MOST_BIAS: Final = 0.05
LEAST_COVERAGE: Final = 0.85
# A warning in so many seasons of a world stands for the world.
MOSTLY: Final = 0.85
# Of seasons with nothing to find.
MOST_FALSE: Final = 0.10
# The intervals of these studies are the jackknife's.
NO_BOOTSTRAP: Final = 1
BANK: Final = BankWorld(name="empty", applicants=3_000)


@dataclass(frozen=True, slots=True)
class WorldSeason:
    """What one season of a world showed; ``warned``: no estimate is given, and a warning says why."""

    r: Figure
    low: Figure
    high: Figure
    warned: bool
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldResult:
    """One world over its seasons.

    Attributes:
        world: its name.
        truth: validity among the applicants of a position; NaN where there is none to find.
        bias: of the estimates that stood; NaN where none did.
        coverage: share of their intervals that hold the truth.
        warned: share of seasons whose estimate a warning withdraws.
        found: share of seasons with a recommendation or a flagged group; nothing of the kind is true.
        met: bias and coverage are within bounds, or the warning stands; in worlds without a truth, nothing
            is found.
    """

    world: str
    truth: Figure
    bias: Figure
    coverage: Figure
    warned: Figure
    found: Figure
    met: bool


def every_world() -> list[str]:
    """Names of all worlds."""
    return [*(world.name for world in WORLDS), *DEGENERATE]


def study_world(name: str, *, seed: int) -> WorldSeason:
    """Simulate one season of a world and analyse it as a real one."""
    cohort = simulate_bank(_world(name), seed=seed)
    spoil: Callable[[Cohort], Cohort] | None = DEGENERATE.get(name)
    found = _analysed(spoil(cohort) if spoil else cohort, share=WHOLE, seed=seed)
    estimate, conclusion = found.operational, found.conclusion
    stands = conclusion is not None and conclusion.status == "estimate"
    low, high = estimate.ci95 if estimate else (np.nan, np.nan)
    flagged = any(isinstance(group, Group) and group.flagged for group in found.groups)
    return WorldSeason(
        r=estimate.r if estimate else np.nan,
        low=low,
        high=high,
        warned=not stands and bool(found.warnings),
        found=bool(found.recommendations) or flagged,
    )


def judge_world(name: str, seasons: Iterable[WorldSeason]) -> WorldResult:
    """The figures over the seasons of one world."""
    rows = list(seasons)
    truth = np.nan if name in DEGENERATE else _world(name).validity
    standing = [row for row in rows if not row.warned and is_known(row.r)]
    bias = float(np.mean([row.r for row in standing]) - truth) if standing else np.nan
    coverage = float(np.mean([row.low <= truth <= row.high for row in standing])) if standing else np.nan
    warned = float(np.mean([row.warned for row in rows]))
    found = float(np.mean([row.found for row in rows]))
    holds = abs(bias) <= MOST_BIAS and coverage >= LEAST_COVERAGE
    return WorldResult(
        world=name,
        truth=truth,
        bias=bias,
        coverage=coverage,
        warned=warned,
        found=found,
        met=holds or warned >= MOSTLY if is_known(truth) else found == 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Of seasons with nothing to find, the shares in which something was found: at the last look, at any."""

    seasons: int
    looks: int
    scopes: int
    last_look: Figure
    any_look: Figure
    met: bool


def study_schedule(seed: int, *, looks: int = BANK.months) -> list[bool]:
    """Whether anything was found at each monthly look, over the bank and each of its positions."""
    cohort = simulate_bank(BANK, seed=seed)
    return [_finds(_until(cohort, months), seed=seed) for months in range(1, looks + 1)]


def judge_schedule(seasons: Iterable[list[bool]]) -> Schedule:
    """The shares over all seasons."""
    table = np.array(list(seasons))
    return Schedule(
        seasons=len(table),
        looks=table.shape[1],
        scopes=1 + len(np.unique(simulate_bank(BANK, seed=0).positions)),
        last_look=float(table[:, -1].mean()),
        any_look=float(table.any(axis=1).mean()),
        met=bool(table.any(axis=1).mean() <= MOST_FALSE),
    )


def _finds(cohort: Cohort, *, seed: int) -> bool:
    codes = np.unique(cohort.positions)
    scopes = [(cohort, False), *((cohort.only(cohort.positions == code), True) for code in codes)]
    return any(
        _analysed(
            scope, share=share_of(positions=len(codes), is_position=is_position), seed=seed
        ).recommendations
        for scope, is_position in scopes
    )


def _until(cohort: Cohort, months: int) -> Cohort:
    return replace(cohort, monthly=cohort.monthly[:, :months])


def _analysed(cohort: Cohort, *, share: float, seed: int) -> Report:
    return analyse(
        cohort,
        season="2025-autumn",
        before=Before(),
        with_points=False,
        repeats=NO_BOOTSTRAP,
        seed=seed,
        share=share,
    )


def _world(name: str) -> BankWorld:
    return next((world for world in WORLDS if world.name == name), WORLDS[0])
