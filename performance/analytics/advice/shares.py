"""Groups that work better, or worse, than others with the same interview score: a word to the hiring plan.

Performance on score with one line and a step for the group (analysis of covariance), among people of the
same position, month of start and branch only: a group that sits where marks are lenient does not work
better. Selection on the score leaves that step unbiased, as it does the slope. Standard errors are
MacKinnon and White's (1985, J. Econometrics 29, 305-325) HC3, because groups scatter differently.
"""

from dataclasses import dataclass, replace
from math import nan
from typing import Final, Literal

import numpy as np
from scipy import stats

from performance.analytics.advice.finding import FIRES_BELOW, Fairness, Finding, strength_of
from performance.analytics.arrays import ROUNDING, Bools, Figure, Floats, Integers, Interval, is_flat
from performance.analytics.cohort import Cohort
from performance.analytics.fairness import impact_ratios
from performance.analytics.family import detectable
from performance.analytics.marks import stratified
from performance.analytics.members import memberships
from performance.analytics.minimums import SHOWN, Minimum
from performance.analytics.within import numbered, spent, without_means

# Of the scatter about the common line: less is small (Cohen 1988), however many persons prove it.
NOTEWORTHY: Final = 0.2
# What the advice is worked out for: so much of all hires.
STEP: Final = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One group at equal interview score.

    Attributes:
        name: as in ``members.memberships``.
        n: hired persons with records.
        share: of all of these.
        difference: points of performance above the others at the same score, position and branch, with ``ci95``.
        error: its standard error.
        effect: difference over the scatter about the line.
        p: two-sided; NaN where there are too few.
        q: p adjusted for everything that the analysis tests.
        detectable: the smallest difference that would have been found four times in five.
    """

    name: str
    n: int
    share: Figure
    difference: Figure = nan
    ci95: Interval = (nan, nan)
    error: Figure = nan
    effect: Figure = nan
    p: Figure = nan
    q: Figure = nan
    detectable: Figure = nan

    def judged(self, q: float, *, level: float) -> "Step":
        """With its q, and what would have been found at this level."""
        return replace(self, q=q, detectable=detectable(self.error, level=level))

    @property
    def fires(self) -> bool:
        """Whether the group is worth a word."""
        return self.q < FIRES_BELOW and abs(self.effect) >= NOTEWORTHY


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareContent:
    """By how much of all hires the share of a group should change."""

    group: str
    share: Literal["raise", "lower"]
    by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareEvidence:
    """The group at equal score, as in ``Step``."""

    n: int
    share: float
    difference: float
    ci95: Interval
    effect: float
    p: float
    q: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareChange:
    """How many hires would have been others, and what that adds to the mean performance."""

    hires: int
    other_persons: int
    mean_change: float
    ci95: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class HiringShare(Finding):
    """More or fewer of a group should be hired."""

    kind: Literal["hiring_share"] = "hiring_share"
    content: ShareContent
    evidence: ShareEvidence
    last_season: ShareChange


def compare_at_equal_score(cohort: Cohort, work: Floats) -> list[Step]:
    """Every group with at least ``SHOWN`` persons; tested from ``Minimum.GROUP`` on both sides on.

    Args:
        cohort: everybody.
        work: mean performance, NaN where there is none, shape (n,).
    """
    rated = cohort.hired & ~np.isnan(work)
    attributes = {name: values[rated] for name, values in cohort.groups.items()}
    x, y = cohort.score[rated], work[rated]
    strata = stratified(numbered(cohort.positions[rated]), cohort.monthly[rated])
    branch = numbered(cohort.branch[rated])
    return [
        _compare(name, x[known], y[known], member[known], _places(strata[known], branch[known]))
        for name, known, member in memberships(attributes)
        if member.sum() >= SHOWN
    ]


def _places(strata: Integers, branch: Integers) -> tuple[Integers, ...]:
    """Who is compared with whom: people of one position in one branch, or of both separately if those are few."""
    strata, branch = numbered(strata), numbered(branch)
    both = numbered(strata, branch)
    return (both,) if spent(both) <= len(both) / 2 else (strata, branch)


def find_shares(cohort: Cohort, rows: list[Step], *, seed: int) -> list[HiringShare]:
    """Advice for each group that fires; ``seed`` draws who would have been hired instead."""
    members = {name: member for name, _known, member in memberships(cohort.groups)}
    return [_finding(cohort, row, members[row.name], seed=seed) for row in rows if row.fires]


def step_of_group(
    x: Floats, y: Floats, member: Bools, places: tuple[Integers, ...] = ()
) -> tuple[float, float, float]:
    """The group's step, its HC3 standard error, and the scatter about the line, inside ``places``.

    The leverage of the places' means is taken as the same for everybody. NaN where score and group tell
    the same, one person decides the line, or nobody is off it.
    """
    places = places or (np.zeros(len(x), dtype=np.int64),)
    cost = spent(*places)
    left = without_means(np.column_stack([x, member.astype(np.float64), y]), *places)
    design, work = left[:, :2], left[:, 2]
    if len(x) - cost < 3 or np.linalg.matrix_rank(design) < design.shape[1]:
        return nan, nan, nan
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ work
    residuals = work - design @ coefficients
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design) + cost / len(x)
    if (
        np.abs(residuals).max() <= ROUNDING * max(1.0, float(np.abs(y).max()))
        or leverage.max() > 1 - ROUNDING
    ):
        return nan, nan, nan
    weighted = design * (residuals / (1 - leverage))[:, None]
    variance = inverse @ (weighted.T @ weighted) @ inverse
    scatter = float(np.sqrt((residuals**2).sum() / (len(x) - cost - 2)))
    return float(coefficients[1]), float(np.sqrt(variance[1, 1])), scatter


def _compare(name: str, x: Floats, y: Floats, member: Bools, places: tuple[Integers, ...]) -> Step:
    n, rest = int(member.sum()), int((~member).sum())
    row = Step(name=name, n=n, share=n / len(x))
    if min(n, rest) < Minimum.GROUP or is_flat(x) or is_flat(y):
        return row
    difference, error, scatter = step_of_group(x, y, member, places)
    if not error > 0:
        return row
    freedom = len(x) - spent(*places) - 2
    half = float(stats.t.ppf(0.975, freedom)) * error
    return replace(
        row,
        difference=difference,
        ci95=(difference - half, difference + half),
        error=error,
        effect=difference / scatter,
        p=float(2 * stats.t.sf(abs(difference / error), freedom)),
    )


def _finding(cohort: Cohort, row: Step, member: Bools, *, seed: int) -> HiringShare:
    favoured = member if row.difference > 0 else ~member
    hired_then = _hired_instead(cohort, favoured, seed=seed)
    return HiringShare(
        subject=row.name,
        strength=strength_of(row.n),
        content=ShareContent(group=row.name, share="raise" if row.difference > 0 else "lower", by=STEP),
        evidence=ShareEvidence(
            n=row.n,
            share=row.share,
            difference=row.difference,
            ci95=row.ci95,
            effect=row.effect,
            p=row.p,
            q=row.q,
        ),
        fairness=Fairness(
            affected=True,
            before=impact_ratios(cohort.hired, cohort.protected),
            after=impact_ratios(hired_then, cohort.protected),
            verdict=impact_ratios(cohort.passed, cohort.protected),
        ),
        last_season=_changes(cohort.hired, hired_then, row),
    )


def _hired_instead(cohort: Cohort, favoured: Bools, *, seed: int) -> Bools:
    """Who would have been hired: as many, of whom up to ``STEP`` more are of the favoured, drawn at random."""
    generator = np.random.default_rng([seed, 2])
    waiting = np.flatnonzero(cohort.passed & ~cohort.hired & favoured)
    leaving = np.flatnonzero(cohort.hired & ~favoured)
    moved = min(round(STEP * int(cohort.hired.sum())), len(waiting), len(leaving))
    then = cohort.hired.copy()
    then[generator.choice(waiting, size=moved, replace=False)] = True
    then[generator.choice(leaving, size=moved, replace=False)] = False
    return then


def _changes(hired: Bools, then: Bools, row: Step) -> ShareChange:
    """How many hires would have been others, and what that would have added to the mean performance."""
    moved, n = int((then & ~hired).sum()), int(hired.sum())
    low, high = sorted(
        abs(moved / n * bound) if row.difference > 0 else -moved / n * bound for bound in row.ci95
    )
    return ShareChange(
        hires=n, other_persons=moved, mean_change=moved / n * abs(row.difference), ci95=(low, high)
    )
