"""What the analysis recovers of simulated seasons whose truth is known.

Every season goes through ``report.analyse`` as a real one does. In these worlds no group differs
and today's weights are the best ones, so every flag and every proposal is a false alarm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from performance.analytics.report import Before, analyse
from performance.analytics.simulation import World, simulate


class Season(NamedTuple):
    """What one simulated season showed; flags are 1 or 0."""

    n: float
    naive_r: float
    corrected_r: float
    corrected_full_r: float
    low: float
    high: float
    covered: float
    width: float
    group_flagged: float
    weights_proposed: float
    attention_proposed: float
    share_proposed: float
    order_proposed: float
    simpson: float
    anomalies_outside: float
    adverse: float


@dataclass(frozen=True, slots=True)
class Criterion:
    """One figure over all seasons and the bounds it is promised to keep; None is not bounded."""

    name: str
    value: float
    low: float | None
    high: float | None

    @property
    def is_met(self) -> bool:
        """Whether the figure lies within its bounds, both included."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)


def study_season(world: World, *, seed: int, repeats: int) -> Season:
    """Simulate one season, analyse it, compare with the truth."""
    found = analyse(
        simulate(world, seed=seed), season="simulated", before=Before(), repeats=repeats, seed=seed
    )
    low, high = map(_number, found["ci95"]["corrected_full_r"] or (None, None))
    kinds = {row["kind"] for row in found["recommendations"]}
    return Season(
        n=found["n_performance"],
        naive_r=_number(found["naive_r"]),
        corrected_r=_number(found["corrected_r"]),
        corrected_full_r=_number(found["corrected_full_r"]),
        low=low,
        high=high,
        covered=low <= world.validity <= high,
        width=high - low,
        group_flagged=any(group["flagged"] for group in found["groups"]),
        weights_proposed="dimension_weights" in kinds,
        attention_proposed="target_understanding" in kinds,
        share_proposed="hiring_share" in kinds,
        order_proposed="channel_order" in kinds,
        simpson=found["simpson_warning"],
        anomalies_outside=_is_outside(**found["anomalies"]),
        adverse=any(row["adverse"] for row in found["fairness"]),
    )


def judge(world: World, seasons: Iterable[Season]) -> list[Criterion]:
    """The figures over all seasons, each with its bounds."""
    mean = dict(zip(Season._fields, np.array(list(seasons), dtype=np.float64).mean(axis=0), strict=True))
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


def _is_outside(*, observed: int | None, low: int | None, high: int | None, **_others: Any) -> bool:
    """Never where there were too few hires to count."""
    return observed is not None and low is not None and high is not None and not low <= observed <= high


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)
