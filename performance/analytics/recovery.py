"""What the analysis recovers of simulated seasons whose truth is known.

Every season goes through ``report.analyse`` as a real one does. In these worlds no group differs
and today's weights are the best ones, so every flag and every proposal is a false alarm.
"""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

import numpy as np

from performance.analytics.arrays import Figure
from performance.analytics.fairness import Impact
from performance.analytics.groups import Group
from performance.analytics.report import analyse
from performance.analytics.results import Before, Report
from performance.analytics.simulation import World, simulate


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What one simulated season showed."""

    n: int
    naive_r: Figure
    corrected_r: Figure
    corrected_full_r: Figure
    low: Figure
    high: Figure
    covered: bool
    width: Figure
    group_flagged: bool
    weights_proposed: bool
    attention_proposed: bool
    share_proposed: bool
    order_proposed: bool
    simpson: bool
    anomalies_outside: bool
    adverse: bool


@dataclass(frozen=True, slots=True)
class Criterion:
    """One figure over all seasons and the bounds it is promised to keep; None is not bounded."""

    name: str
    value: Figure
    low: float | None
    high: float | None

    @property
    def is_met(self) -> bool:
        """Whether the figure lies within its bounds, both included."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The first of several seasons in full, what each showed, and the figures over all."""

    first: Report
    seasons: list[Season]
    criteria: list[Criterion]


def study_season(world: World, *, seed: int, repeats: int) -> Season:
    """Simulate one season, analyse it, compare with the truth."""
    found = analyse(
        simulate(world, seed=seed), season="simulated", before=Before(), repeats=repeats, seed=seed
    )
    low, high = found.ci95.corrected_full_r
    kinds = {row.kind for row in found.recommendations}
    return Season(
        n=found.n_performance or 0,
        naive_r=found.naive_r,
        corrected_r=found.corrected_r,
        corrected_full_r=found.corrected_full_r,
        low=low,
        high=high,
        covered=low <= world.validity <= high,
        width=high - low,
        group_flagged=any(isinstance(group, Group) and group.flagged for group in found.groups),
        weights_proposed="dimension_weights" in kinds,
        attention_proposed="target_understanding" in kinds,
        share_proposed="hiring_share" in kinds,
        order_proposed="channel_order" in kinds,
        simpson=found.simpson_warning,
        anomalies_outside=found.anomalies is not None and found.anomalies.is_outside,
        adverse=any(isinstance(row, Impact) and row.adverse for row in found.fairness),
    )


def judge(world: World, seasons: Iterable[Season]) -> list[Criterion]:
    """The figures over all seasons, each with its bounds."""
    table = np.array([astuple(season) for season in seasons], dtype=np.float64)
    mean = dict(zip((column.name for column in fields(Season)), table.mean(axis=0), strict=True))
    bias = float(mean["corrected_full_r"] - world.validity)

    def share(name: str, high: float | None = None) -> Criterion:
        return Criterion(name, float(mean[name]), None, high)

    return [
        share("n"),
        share("naive_r"),
        share("corrected_r"),
        share("corrected_full_r"),
        Criterion("bias of corrected_full_r", bias, -0.02, 0.02),
        Criterion("coverage of its 95% interval", float(mean["covered"]), 0.92, 0.98),
        share("width"),
        share("group_flagged", 0.10),
        share("weights_proposed", 0.07),
        share("attention_proposed", 0.07),
        share("share_proposed", 0.07),
        share("order_proposed", 0.07),
        share("simpson"),
        share("anomalies_outside"),
        share("adverse"),
    ]
