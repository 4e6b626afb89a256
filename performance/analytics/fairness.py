"""Whether groups pass alike: the impact ratio with a test of significance.

The four-fifths rule (Uniform Guidelines on Employee Selection Procedures 1978, 29 CFR 1607.4 D)
beside Fisher's exact test, because the ratio alone calls small numbers unfair and the test alone
large ones (Morris & Lobsenz 2000, Personnel Psychol. 53, 89-111). Protected attributes are read
here and nowhere else, and only to audit.
"""

from dataclasses import dataclass
from math import exp, nan, sqrt

import numpy as np
from scipy import stats

from performance.analytics.arrays import UNKNOWN, Bools, Figure, Interval, Texts
from performance.analytics.family import detectable
from performance.analytics.minimums import Minimum

FOUR_FIFTHS = 0.8
SIGNIFICANT = 0.05
LEVEL = float(stats.norm.ppf(0.975))
# Who did not say belongs to no group that could be treated worse; shown, never a reason.
UNDISCLOSED = "undisclosed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """One group's pass rate against the best group's.

    Attributes:
        group: ``attribute:value``.
        n: applicants.
        pass_rate: of 1.
        impact_ratio: pass rate over that of the group that passes most often; 1 for that group.
        p: Fisher's exact test against that group; NaN for itself.
        ci95: interval of the impact ratio (Katz et al. 1978, Biometrics 34, 469-474).
        detectable: the highest ratio that would have been significant four times in five.
        adverse: the ratio is below four fifths, significantly, with enough persons on both sides.
    """

    group: str
    n: int
    pass_rate: Figure
    impact_ratio: Figure = nan
    p: Figure = nan
    ci95: Interval = UNKNOWN
    detectable: Figure = nan
    adverse: bool = False


def impact_ratios(passed: Bools, attributes: dict[str, Texts]) -> list[Impact]:
    """Every value of every attribute; "" is nobody's group."""
    return [
        impact for name, values in attributes.items() for impact in _attribute_impacts(name, passed, values)
    ]


def _attribute_impacts(name: str, passed: Bools, values: Texts) -> list[Impact]:
    counts = {
        str(value): (int((values == value).sum()), int(passed[values == value].sum()))
        for value in np.unique(values)
        if value != ""
    }
    comparable = {
        value: passes / n
        for value, (n, passes) in counts.items()
        if value != UNDISCLOSED and n >= Minimum.FAIRNESS
    }
    best = max(comparable, key=lambda value: comparable[value], default="")
    return [_impact(name, value, counts, best) for value in counts]


def _impact(name: str, value: str, counts: dict[str, tuple[int, int]], best: str) -> Impact:
    n, passes = counts[value]
    rate = passes / n
    if not best or not counts[best][1]:
        return Impact(group=f"{name}:{value}", n=n, pass_rate=rate)
    best_n, best_passes = counts[best]
    ratio = rate / (best_passes / best_n)
    if value == best:
        return Impact(group=f"{name}:{value}", n=n, pass_rate=rate, impact_ratio=1.0)
    table = np.array([[passes, n - passes], [best_passes, best_n - best_passes]])
    p = float(stats.fisher_exact(table).pvalue)
    error = sqrt(1 / passes - 1 / n + 1 / best_passes - 1 / best_n) if passes else nan
    return Impact(
        group=f"{name}:{value}",
        n=n,
        pass_rate=rate,
        impact_ratio=ratio,
        p=p,
        ci95=(ratio * exp(-LEVEL * error), ratio * exp(LEVEL * error)),
        detectable=exp(-detectable(error, level=SIGNIFICANT)),
        adverse=ratio < FOUR_FIFTHS and p < SIGNIFICANT and value != UNDISCLOSED and n >= Minimum.FAIRNESS,
    )


def is_frozen(impacts: list[Impact]) -> bool:
    """Whether some group is treated adversely, so that nothing proposes new weights until it is explained."""
    return any(impact.adverse for impact in impacts)
