"""Seasons whose truth is known, to see what the analysis recovers.

A true performance T and an interview score X correlate ``validity`` among all applicants. Who
reaches the cut-off passes, some of them are hired, and monthly records show T with noise. Nothing
of the analysis is used here, so that it cannot agree with itself.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from performance.analytics.arrays import Bools, Floats, Texts
from performance.analytics.cohort import DISLIKED, LIKED, Cohort
from performance.analytics.funnel import STAGES

DIMENSIONS = (
    "professional",
    "stress_tolerance",
    "service_awareness",
    "communication",
    "learning",
    "teamwork",
    "target_understanding",
)
SCORE_MEAN, SCORE_SPREAD = 78.0, 6.0
WORK_MEAN, WORK_SPREAD = 79.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is true of a season.

    Attributes:
        applicants: how many are interviewed.
        validity: correlation of score and true performance among all applicants.
        cut_off: lowest score that passes.
        hired_share: share of passes that begin to work.
        months: monthly records per hire.
        monthly_noise: standard deviation of one month's score about the true performance.
        dimension_correlation: how much any two dimensions correlate.
        weights: how much each dimension tells of the work; equal ones make today's score the best one.
    """

    applicants: int = 2_000
    validity: float = 0.45
    cut_off: float = 80.0
    hired_share: float = 0.85
    months: int = 6
    monthly_noise: float = 6.5
    dimension_correlation: float = 0.5
    weights: tuple[float, ...] = (1.0,) * len(DIMENSIONS)


def simulate(world: World, *, seed: int) -> Cohort:
    """One season of this world. Group membership has nothing to do with scores or work."""
    generator = np.random.default_rng(seed)
    n, count = world.applicants, len(DIMENSIONS)
    rho = world.dimension_correlation
    shared = generator.standard_normal((n, 1))
    dimensions = np.sqrt(rho) * shared + np.sqrt(1 - rho) * generator.standard_normal((n, count))
    today = dimensions.mean(axis=1) / np.sqrt(rho + (1 - rho) / count)
    work = _work(world, dimensions, today, generator)
    score = SCORE_MEAN + SCORE_SPREAD * today
    passed = score >= world.cut_off
    hired = passed & (generator.random(n) < world.hired_share)
    months = WORK_MEAN + WORK_SPREAD * work[:, None]
    months = months + world.monthly_noise * generator.standard_normal((n, world.months))
    branch = generator.integers(24, size=n)
    return Cohort(
        score=score,
        dimensions=SCORE_MEAN + SCORE_SPREAD / np.sqrt(rho + (1 - rho) / count) * dimensions,
        codes=DIMENSIONS,
        passed=passed,
        hired=hired,
        monthly=np.where(hired[:, None], months, np.nan),
        attainment=np.where(hired, 0.85 + 0.15 * work, np.nan),
        branch=branch,
        unit=np.array([f"{number // 4 + 1}" for number in branch]),
        version=np.full(n, "v1"),
        reached=np.where(hired, len(STAGES) - 1, passed.astype(np.int64)),
        channel=np.full(n, ""),
        hours=np.full(n, np.nan),
        groups=_groups(n, generator),
        protected={"gender": generator.choice(["female", "male", "undisclosed"], size=n)},
        **_notices(passed, np.random.default_rng([seed, 1])),
    )


def _notices(passed: Bools, generator: np.random.Generator) -> dict[str, Any]:
    """What was said of the targets and which channel was first, neither of any consequence."""
    n = len(passed)
    first = generator.choice(["app", "sms", "wechat"], size=n, p=[0.6, 0.25, 0.15])
    in_time = generator.random(n) < 0.8
    return {
        "position": generator.choice(["CORP_RM", "TELLER"], size=n),
        "attitude": np.where(passed, generator.choice([LIKED, DISLIKED, ""], size=n, p=[0.6, 0.2, 0.2]), ""),
        "first_channel": np.where(passed, first, ""),
        "in_time": passed & in_time,
        "left_unread": passed & ~in_time & (generator.random(n) < 0.5),
    }


def _work(world: World, dimensions: Floats, today: Floats, generator: np.random.Generator) -> Floats:
    """True performance, unit variance, correlating ``validity`` with today's score."""
    best = dimensions @ np.array(world.weights)
    best = best / _composite_spread(np.array(world.weights), world.dimension_correlation)
    agreement = _agreement(np.array(world.weights), world.dimension_correlation)
    strength = world.validity / agreement
    work: Floats = strength * best + np.sqrt(1 - strength**2) * generator.standard_normal(len(today))
    return work


def _composite_spread(weights: Floats, rho: float) -> float:
    return float(np.sqrt((1 - rho) * (weights**2).sum() + rho * weights.sum() ** 2))


def _agreement(weights: Floats, rho: float) -> float:
    """Correlation of the best composite with the plain mean."""
    count = len(weights)
    covariance = weights.sum() * (1 + (count - 1) * rho)
    return float(covariance / (_composite_spread(weights, rho) * _composite_spread(np.ones(count), rho)))


def _groups(n: int, generator: np.random.Generator) -> dict[str, Texts]:
    def some(share: float) -> Texts:
        return np.where(generator.random(n) < share, "yes", "no")

    return {
        "education": generator.choice(["associate", "bachelor", "master"], size=n, p=[0.2, 0.55, 0.25]),
        "recent_graduate": some(0.5),
        "finance": some(0.3),
        "student_leader": some(0.3),
    }
