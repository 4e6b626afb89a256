"""The proposal of new weights: only above its minimum number, and frozen while a group is treated adversely."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from performance.analytics.advice.finding import Fairness, Finding, Strength
from performance.analytics.arrays import Bools, Figure, Floats, Interval, is_flat
from performance.analytics.cohort import Cohort
from performance.analytics.dimensions import are_independent
from performance.analytics.fairness import Impact, impact_ratios, is_frozen
from performance.analytics.marks import mark
from performance.analytics.minimums import Minimum, more_needed
from performance.analytics.validity import Intervals, Validity
from performance.analytics.weights import WeightStudy, admitted_by, study_weights
from performance.analytics.within import numbered, without_means

# Below, the score is not the weighted mean of its dimensions, and weights are not what to change.
LEAST_FIT: Final = 0.98


Status = Literal[
    "more_hires_needed",
    "dimensions_dependent",
    "no_scatter",
    "present_weights_unclear",
    "confounded",
    "frozen",
    "keep",
    "suggestion",
    "recommendation",
]
Weights = dict[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsChange:
    """What the proposal would have changed: as many passes in each position as today's weights, other persons."""

    passes: int
    newly_passing: int
    no_longer_passing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Whether weights are proposed (``status``), and what stands in the way.

    Attributes:
        status: suggestion and recommendation stand.
        n: hired persons with records and all dimensions.
        more_needed: of them, until anything is compared.
    """

    status: Status
    n: int
    more_needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedProposal(Proposal):
    """With all that a person needs to judge them.

    Today's weights beside others by dimension, as in ``WeightStudy``, and what the proposal does to whom;
    ``adverse`` are groups treated adversely with the present weights or the new ones.
    """

    adverse: list[str]
    today: Weights
    fit: Figure
    best: Weights
    proposed: Weights
    p: Figure
    gain: Figure
    gain_ci95: Interval
    fairness_before: list[Impact]
    fairness_after: list[Impact]
    last_season: WeightsChange

    @property
    def strength(self) -> Strength | None:
        """How firmly it is put; None where it does not stand."""
        match self.status:
            case "suggestion" | "recommendation":
                return self.status
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsContent:
    """Weights by dimension, each adding up to 1."""

    today: Weights
    proposed: Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsEvidence:
    """The comparison, and the validity estimates at the time, on which the outcome is measured."""

    n: int
    p: float
    gain: float
    gain_ci95: Interval
    fit: float
    best: Weights
    naive_r: Figure
    corrected_r: Figure
    ci95: Intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionWeights(Finding):
    """Other weights of the dimensions."""

    kind: Literal["dimension_weights"] = "dimension_weights"
    content: WeightsContent
    evidence: WeightsEvidence
    last_season: WeightsChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Under what the weights are studied.

    Attributes:
        seed: of the cross-validation.
        share: of the error rate (``family.share_of``).
        is_confounded: the whole contradicts its branches or positions, so nothing is proposed.
    """

    seed: int
    share: float = 1.0
    is_confounded: bool = False


def propose_weights(cohort: Cohort, work: Floats, setting: Setting) -> Proposal:
    """Compare today's weights with others inside positions and branches, as far as there are enough persons.

    Fairness is computed as it is and as it would be with the new weights and the same number of passes
    in each position; protected attributes are not read before that.

    Args:
        cohort: everybody.
        work: mean performance, NaN where there is none, shape (n,).
        setting: of the study.
    """
    complete: Bools = np.logical_and.reduce(np.isfinite(cohort.dimensions), axis=1)
    rated = cohort.hired & ~np.isnan(work) & complete
    n = int(rated.sum())

    def nothing(status: Status) -> Proposal:
        missing = more_needed(Minimum.WEIGHTS_SUGGESTED, n)
        return Proposal(status=status, n=n, more_needed=missing)

    if n < Minimum.WEIGHTS_SUGGESTED or not cohort.codes:
        return nothing("more_hires_needed")
    everybody = cohort.only(complete)
    if not are_independent(everybody.dimensions) or not are_independent(cohort.dimensions[rated]):
        return nothing("dimensions_dependent")
    if is_flat(everybody.score) or is_flat(work[rated]):
        return nothing("no_scatter")
    study = _study(cohort, everybody, work, rated, setting)
    admitted = admitted_in_positions(study.proposed, everybody)
    before = impact_ratios(cohort.passed, cohort.protected)
    after = impact_ratios(admitted, everybody.protected)

    def by_code(weights: Floats) -> Weights:
        return dict(zip(cohort.codes, map(float, weights), strict=True))

    return ComparedProposal(
        status=_status(study, setting, frozen=is_frozen(before) or is_frozen(after)),
        n=n,
        more_needed=0,
        adverse=[impact.group for impact in before + after if impact.adverse],
        today=by_code(study.today),
        fit=study.fit,
        best=by_code(study.best),
        proposed=by_code(study.proposed),
        p=study.p,
        gain=study.gain,
        gain_ci95=(study.gain_low, study.gain_high),
        fairness_before=before,
        fairness_after=after,
        last_season=_changes(admitted_in_positions(study.today, everybody), admitted),
    )


def weights_finding(found: ComparedProposal, validity: Validity) -> DimensionWeights | None:
    """The proposal in the form of a finding; None where it does not stand."""
    if found.strength is None:
        return None
    return DimensionWeights(
        subject="",
        strength=found.strength,
        content=WeightsContent(today=found.today, proposed=found.proposed),
        evidence=WeightsEvidence(
            n=found.n,
            p=found.p,
            gain=found.gain,
            gain_ci95=found.gain_ci95,
            fit=found.fit,
            best=found.best,
            naive_r=validity.naive_r,
            corrected_r=validity.corrected_r,
            ci95=validity.ci95,
        ),
        fairness=Fairness(affected=True, before=found.fairness_before, after=found.fairness_after),
        last_season=found.last_season,
    )


def _status(study: WeightStudy, setting: Setting, *, frozen: bool) -> Status:
    if not study.fit >= LEAST_FIT or not np.isfinite(study.today).all():
        return "present_weights_unclear"
    if not np.isfinite(study.gain):
        return "no_scatter"
    if setting.is_confounded:
        return "confounded"
    if frozen:
        return "frozen"
    if not study.is_supported(share=setting.share):
        return "keep"
    return "recommendation" if study.n >= Minimum.WEIGHTS_RECOMMENDED else "suggestion"


def _study(cohort: Cohort, everybody: Cohort, work: Floats, rated: Bools, setting: Setting) -> WeightStudy:
    """Dimensions and work without what positions and branches contribute."""
    marked = np.where(rated[:, None], cohort.monthly, np.nan)
    marks = mark(cohort.score, marked, position=cohort.positions, branch=cohort.branch)
    dimensions = marks.without(cohort.dimensions[rated])
    position = numbered(everybody.positions)
    spread = without_means(everybody.dimensions, position)
    if not are_independent(dimensions) or is_flat(marks.within.y):
        dimensions, performance, cost = cohort.dimensions[rated], work[rated], 0.0
    else:
        performance, cost = marks.within.y, len(dimensions) - marks.within.freedom - 1
    return study_weights(
        spread,
        without_means(everybody.score, position),
        dimensions,
        performance,
        seed=setting.seed,
        cost=cost,
    )


def admitted_in_positions(weights: Floats, everybody: Cohort) -> Bools:
    """Who passes by these weights if in each position as many pass as did."""
    found = np.zeros(len(everybody), dtype=bool)
    for code in np.unique(everybody.positions):
        here = np.flatnonzero(everybody.positions == code)
        number = int(everybody.passed[here].sum())
        found[here[admitted_by(weights, everybody.dimensions[here], number)]] = True
    return found


def _changes(passed: Bools, admitted: Bools) -> WeightsChange:
    return WeightsChange(
        passes=int(passed.sum()),
        newly_passing=int((admitted & ~passed).sum()),
        no_longer_passing=int((passed & ~admitted).sum()),
    )
