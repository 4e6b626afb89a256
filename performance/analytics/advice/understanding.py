"""Groups that like the targets and then miss them: the interview should ask what they understood.

Among the hired who liked what their notice promised, the share that reached at most 70 % of it, in
each group against everybody else: Fisher's exact test, one-sided, with Benjamini and Hochberg's
correction over all groups.
"""

from dataclasses import dataclass, replace
from math import nan
from typing import Final, Literal

import numpy as np
from scipy import stats

from performance.analytics.advice.finding import FIRES_BELOW, NOT_AFFECTED, Finding, strength_of
from performance.analytics.arrays import Bools, Figure, Interval, Texts
from performance.analytics.cohort import LIKED, Cohort
from performance.analytics.family import detectable
from performance.analytics.members import memberships
from performance.analytics.minimums import SHOWN, Minimum
from performance.analytics.proportions import newcombe_interval, pooled_error, wilson_interval

# Reached over promised.
MISSED_AT: Final = 0.70
# A difference of fewer points of a hundred is nobody's business, however many persons prove it.
LEAST_DIFFERENCE: Final = 0.05
DIMENSION: Final = "target_understanding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One group among those who liked the targets.

    Attributes:
        name: as in ``members.memberships``.
        n: hired persons who liked them and whose attainment is known.
        missed: of these, how many reached at most ``MISSED_AT``.
        share: missed of n, with its interval ``ci95``.
        others_n: everybody else who liked them.
        others_missed: of these.
        difference: share minus that of the others, with its interval ``difference_ci95``.
        p: one-sided; NaN where there are too few.
        q: p adjusted for everything that the analysis tests.
        detectable: the smallest difference of shares that would have been found four times in five.
    """

    name: str
    n: int
    missed: int
    share: Figure
    ci95: Interval
    others_n: int
    others_missed: int
    difference: Figure = nan
    difference_ci95: Interval = (nan, nan)
    p: Figure = nan
    q: Figure = nan
    detectable: Figure = nan

    def judged(self, q: float, *, level: float) -> "Missed":
        """With its q, and what would have been found at this level."""
        error = pooled_error((self.missed, self.n), (self.others_missed, self.others_n))
        return replace(self, q=q, detectable=detectable(error, level=level))

    @property
    def fires(self) -> bool:
        """Whether the group is worth a word."""
        return self.q < FIRES_BELOW and self.difference >= LEAST_DIFFERENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionContent:
    """What interviews of a group should look at more closely."""

    dimension: str
    group: str
    attention: Literal["raise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionEvidence:
    """Those who liked their targets and missed them, and everybody else."""

    liked: int
    missed: int
    share: float
    ci95: Interval
    others_liked: int
    others_missed: int
    difference: float
    difference_ci95: Interval
    p: float
    q: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionChange:
    """How many fewer would have missed theirs at the rate of others."""

    missed: int
    fewer_missed: float
    ci95: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetUnderstanding(Finding):
    """A group should be asked what it understood."""

    kind: Literal["target_understanding"] = "target_understanding"
    content: AttentionContent
    evidence: AttentionEvidence
    last_season: AttentionChange


def compare_missed(cohort: Cohort) -> list[Missed]:
    """Every group with at least ``SHOWN`` such persons; tested from ``Minimum.GROUP`` on both sides on."""
    if cohort.attitude is None:
        return []
    counted = cohort.hired & (cohort.attitude == LIKED) & ~np.isnan(cohort.attainment)
    missed = cohort.attainment[counted] <= MISSED_AT
    attributes = {name: values[counted] for name, values in _attributes(cohort).items()}
    return [
        _compare(name, missed[known & member], missed[known & ~member])
        for name, known, member in memberships(attributes)
        if (known & member).sum() >= SHOWN
    ]


def find_misunderstood(rows: list[Missed]) -> list[TargetUnderstanding]:
    """Advice for each group that fires: attention to the understanding of targets."""
    return [_finding(row) for row in rows if row.fires]


def _attributes(cohort: Cohort) -> dict[str, Texts]:
    return cohort.groups if cohort.position is None else cohort.groups | {"position": cohort.position}


def _compare(name: str, missed: Bools, others: Bools) -> Missed:
    here, there = (int(missed.sum()), len(missed)), (int(others.sum()), len(others))
    row = Missed(
        name=name,
        n=here[1],
        missed=here[0],
        share=here[0] / here[1],
        ci95=wilson_interval(*here),
        others_n=there[1],
        others_missed=there[0],
    )
    if min(here[1], there[1]) < Minimum.GROUP:
        return row
    table = np.array([[here[0], here[1] - here[0]], [there[0], there[1] - there[0]]])
    return replace(
        row,
        difference=row.share - there[0] / there[1],
        difference_ci95=newcombe_interval(here, there),
        p=float(stats.fisher_exact(table, alternative="greater").pvalue),
    )


def _finding(row: Missed) -> TargetUnderstanding:
    low, high = row.difference_ci95
    return TargetUnderstanding(
        subject=row.name,
        strength=strength_of(row.n),
        content=AttentionContent(dimension=DIMENSION, group=row.name, attention="raise"),
        evidence=AttentionEvidence(
            liked=row.n,
            missed=row.missed,
            share=row.share,
            ci95=row.ci95,
            others_liked=row.others_n,
            others_missed=row.others_missed,
            difference=row.difference,
            difference_ci95=row.difference_ci95,
            p=row.p,
            q=row.q,
        ),
        fairness=NOT_AFFECTED,
        last_season=AttentionChange(
            missed=row.missed,
            fewer_missed=row.difference * row.n,
            ci95=(max(0.0, low * row.n), high * row.n),
        ),
    )
