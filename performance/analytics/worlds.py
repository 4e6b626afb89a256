"""Seasons of banks as they are: each world breaks one assumption of a validity study, and its truth is known.

``simulation`` is the friendly bank, in which every assumption holds. Here positions have cut-offs and
marking levels of their own, and one thing more is wrong in each world. Nothing of the analysis is used.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from performance.analytics.arrays import Bools, Floats, Integers
from performance.analytics.cohort import Cohort
from performance.analytics.funnel import STAGES
from performance.analytics.simulation import (
    DIMENSIONS,
    SCORE_MEAN,
    SCORE_SPREAD,
    WORK_MEAN,
    WORK_SPREAD,
    World,
    simulate,
)

POSITIONS: Final = (
    "TELLER",
    "CUSTOMER_MANAGER",
    "TECH_ENGINEER",
    "LOBBY_MANAGER",
    "MANAGEMENT_TRAINEE",
    "CORPORATE_MANAGER",
    "DATA_ANALYST",
    "RISK_OFFICER",
)
SHARES: Final = (0.40, 0.17, 0.12, 0.08, 0.06, 0.06, 0.06, 0.05)
QUARTER: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BankWorld:
    """What is true of a season in which not everything is as the textbook assumes.

    Attributes:
        name: as it is reported.
        applicants: how many are interviewed.
        branches: how many there are.
        validity: correlation of score and true performance among the applicants of a position.
        months: monthly records of a hire.
        monthly_noise: standard deviation of one month's mark about the true performance.
        cut_offs: points between the strictest and the most lenient position's cut-off.
        levels: points between the mildest and the sternest position's marks.
        strict_is_mild: whether the positions that are hardest to enter are also marked most mildly.
        leniency: standard deviation of the branches' marking levels, in points.
        good_branches: points by which applicants of the mildest branches score higher, per deviation.
        convex: how much more the score tells at its upper end; 0 is a straight line.
        decline: how much more often those decline who will work better, on the logit.
        composite: part of the verdict that other things decide, which tell of the work as well.
        overrides: share of verdicts that a person turns round by looking at what the score does not see.
        autocorrelation: of one month's noise with the next one's.
        copied: whether the months of a quarter repeat its first.
        learning: points that a hire gains in the first months; better candidates start earlier.
        contamination: points of mark that a manager adds per deviation of a known score.
        skew: whether true performance has a long upper tail.
        ceiling: marks above this are this.
        attrition: how likely a poor performer leaves before the first mark; an average one half as much.
    """

    name: str
    applicants: int = 2_000
    branches: int = 24
    validity: float = 0.45
    months: int = 6
    monthly_noise: float = 6.5
    cut_offs: float = 6.0
    levels: float = 6.0
    strict_is_mild: bool = True
    leniency: float = 0.0
    good_branches: float = 0.0
    convex: float = 0.0
    decline: float = 0.0
    composite: float = 0.0
    overrides: float = 0.0
    autocorrelation: float = 0.0
    copied: bool = False
    learning: float = 0.0
    contamination: float = 0.0
    skew: bool = False
    ceiling: float = 100.0
    attrition: float = 0.0


def simulate_bank(world: BankWorld, *, seed: int) -> Cohort:
    """One season of this world; groups, channels and attitudes have nothing to do with scores or work."""
    frame = simulate(World(applicants=world.applicants), seed=seed)
    generator = np.random.default_rng([seed, 7])
    n = world.applicants
    position = generator.choice(len(POSITIONS), size=n, p=SHARES)
    branch = generator.integers(world.branches, size=n)
    leniency = np.linspace(-1.6, 1.6, world.branches)[generator.permutation(world.branches)]
    standard = generator.standard_normal(n) + world.good_branches / SCORE_SPREAD * leniency[branch]
    work = _work(world, standard, generator)
    score = SCORE_MEAN + SCORE_SPREAD * standard
    passed = _verdicts(world, score, work, position, generator)
    hired = passed & (generator.random(n) < _accepting(world, work))
    level = _steps(position, world.levels) * (-1 if world.strict_is_mild else 1)
    marks = WORK_MEAN + WORK_SPREAD * work - level + world.leniency * leniency[branch]
    marks = marks + world.contamination * standard
    monthly = _months(world, marks, standard, generator)
    left = generator.random(n) < world.attrition / (1 + np.exp(2 * work)) if world.attrition else False
    monthly = np.where((hired & ~np.asarray(left))[:, None], monthly, np.nan)
    attainment = 0.9 + 0.1 * (work + 0.8 * generator.standard_normal(n))
    return replace(
        frame,
        score=score,
        dimensions=_dimensions(standard, generator),
        passed=passed,
        hired=hired,
        monthly=monthly,
        attainment=np.where(hired, attainment, np.nan),
        branch=branch.astype(np.int64),
        unit=np.array([f"{number // 4 + 1}" for number in branch]),
        reached=np.where(hired, len(STAGES) - 1, passed.astype(np.int64)),
        position=np.array(POSITIONS)[position],
        attitude=np.where(passed, frame.attitude if frame.attitude is not None else "", ""),
    )


def _work(world: BankWorld, standard: Floats, generator: np.random.Generator) -> Floats:
    """True performance of unit variance; the score explains ``validity`` of it by a straight line."""
    bent = world.convex * (standard**2 - 1)
    left = np.sqrt(1 - world.validity**2 - 2 * world.convex**2)
    noise = generator.standard_normal(len(standard))
    if world.skew:
        noise = (generator.gamma(2.0, size=len(standard)) - 2.0) / np.sqrt(2.0)
    found: Floats = world.validity * standard + bent + left * noise
    return found


def _steps(position: Integers, points: float) -> Floats:
    """A position's distance from the middle of all, the largest positions in the middle."""
    order = np.array([4, 3, 5, 2, 6, 1, 7, 0])
    found: Floats = points * (order[position] / (len(POSITIONS) - 1) - 0.5)
    return found


def _verdicts(
    world: BankWorld, score: Floats, work: Floats, position: Integers, generator: np.random.Generator
) -> Bools:
    cut = SCORE_MEAN + 2.0 + _steps(position, world.cut_offs)
    impression = 0.6 * work + 0.8 * generator.standard_normal(len(score))
    judged = score + world.composite * SCORE_SPREAD * impression
    passed: Bools = judged >= cut
    if world.overrides:
        turned = generator.random(len(score)) < world.overrides
        passed = np.where(turned, impression > 0.3, passed)
    return passed


def _accepting(world: BankWorld, work: Floats) -> Floats:
    """How likely a passed candidate begins to work: the best have other offers."""
    logit = np.log(0.85 / 0.15) - world.decline * (work - 0.5)
    found: Floats = 1 / (1 + np.exp(-logit))
    return found


def _months(world: BankWorld, marks: Floats, standard: Floats, generator: np.random.Generator) -> Floats:
    shape = (len(marks), world.months)
    noise = generator.standard_normal(shape)
    rho = world.autocorrelation
    for month in range(1, world.months if rho else 0):
        noise[:, month] = rho * noise[:, month - 1] + np.sqrt(1 - rho**2) * noise[:, month]
    found = marks[:, None] + world.monthly_noise * noise
    if world.learning:
        # Calendar months: the best third starts at once, the others one and two months later.
        ranks = np.argsort(np.argsort(-(standard + generator.standard_normal(shape[0]))))
        start = (3 * ranks // shape[0]).astype(np.int64)
        tenure = np.arange(world.months)[None, :] - start[:, None]
        found = found + world.learning * (1 - np.exp(-np.maximum(tenure, 0) / 2))
        found = np.where(tenure >= 0, found, np.nan)
    if world.copied:
        found = found[:, [QUARTER * (month // QUARTER) for month in range(world.months)]]
    return np.minimum(found, world.ceiling)


def _dimensions(standard: Floats, generator: np.random.Generator) -> Floats:
    """Seven dimensions of which the score is the mean."""
    count = len(DIMENSIONS)
    parts = generator.standard_normal((len(standard), count))
    parts = parts - parts.mean(axis=1, keepdims=True)
    found: Floats = SCORE_MEAN + SCORE_SPREAD * (standard[:, None] + 0.8 * parts)
    return found


WORLDS: Final = tuple(
    BankWorld(**kinds)
    for kinds in (
        {"name": "positions"},
        {"name": "positions_mild_where_easy", "strict_is_mild": False, "cut_offs": 8.0, "levels": 10.0},
        {"name": "no_validity", "validity": 0.0},
        {"name": "convex", "convex": 0.3},
        {"name": "concave", "convex": -0.3},
        {"name": "best_decline", "decline": 1.0},
        {"name": "lenient_good_branches", "leniency": 3.0, "good_branches": 2.0},
        {"name": "lenient_branches", "leniency": 3.0},
        {"name": "composite_selection", "composite": 0.7},
        {"name": "autocorrelated_months", "autocorrelation": 0.6},
        {"name": "learning_curve", "learning": 8.0},
        {"name": "contamination", "contamination": 2.0},
        {"name": "copied_quarters", "copied": True},
        {"name": "skew", "skew": True},
        {"name": "ceiling", "ceiling": 84.0},
        {"name": "attrition", "attrition": 0.6},
        {"name": "overrides", "overrides": 0.15},
        {"name": "one_branch", "branches": 1},
        {"name": "many_branches", "branches": 300, "leniency": 3.0},
        {"name": "thirty_hires", "applicants": 100},
        {"name": "sixty_hires", "applicants": 195},
    )
)


def _flat(cohort: Cohort) -> Cohort:
    return replace(cohort, monthly=np.where(np.isnan(cohort.monthly), np.nan, 82.3))


def _tied(cohort: Cohort) -> Cohort:
    return replace(_flat(cohort), score=np.full(len(cohort), 91.0))


def _one_hire(cohort: Cohort) -> Cohort:
    hired = np.arange(len(cohort)) == np.flatnonzero(cohort.hired)[0]
    return replace(cohort, hired=hired, monthly=np.where(hired[:, None], cohort.monthly, np.nan))


def _no_numbers(cohort: Cohort) -> Cohort:
    return replace(
        cohort,
        monthly=np.full_like(cohort.monthly, np.nan),
        dimensions=np.full_like(cohort.dimensions, np.nan),
        attainment=np.full_like(cohort.attainment, np.nan),
    )


# Seasons in which there is nothing to find; of these nothing may be said.
DEGENERATE: Final[dict[str, Callable[[Cohort], Cohort]]] = {
    "flat_marks": _flat,
    "all_tied": _tied,
    "one_hire": _one_hire,
    "no_numbers": _no_numbers,
}
