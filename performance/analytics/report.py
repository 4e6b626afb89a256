"""One season, place and position analysed: every section, its minimum number, its warnings.

Nothing is recommended below its minimum number.
"""

from dataclasses import dataclass, field, fields
from math import nan
from typing import Final, Literal

import numpy as np

from performance.analytics.advice import Advice, advise
from performance.analytics.anomalies import Anomalies, count_anomalies
from performance.analytics.arrays import Bools, Floats, is_flat
from performance.analytics.attainment import Attainment, summarise_attainment
from performance.analytics.bootstrap import REPEATS, SEED
from performance.analytics.cohort import Cohort
from performance.analytics.correlation import fisher_interval, spearman
from performance.analytics.dimensions import Dimension, analyse_dimensions, are_independent
from performance.analytics.drift import Spread, find_shifts
from performance.analytics.fairness import Impact, impact_ratios
from performance.analytics.funnel import STAGES, WITHOUT_NOTICES, by_channel, count_steps
from performance.analytics.groups import Group, compare_groups
from performance.analytics.minimums import SHOWN, Minimum, more_needed
from performance.analytics.outcomes import measure_outcomes
from performance.analytics.privacy import Hidden, hide_small
from performance.analytics.proposal import (
    ComparedProposal,
    DimensionWeights,
    Proposal,
    propose_weights,
    weights_finding,
)
from performance.analytics.randomised_band import just_below_cut
from performance.analytics.reliability import summarise_months
from performance.analytics.results import Before, Drift, Fisher, Funnel, Report, Summary
from performance.analytics.scatter import draw_scatter
from performance.analytics.units import Pooling, Unit, compare_pooling, compare_units
from performance.analytics.validity import Validity, estimate_validity
from performance.analytics.warnings import (
    AdverseImpact,
    AnomaliesAboveChance,
    Caution,
    DimensionsDependent,
    Drifted,
    GroupSlopeDiffers,
    MoreHiresNeeded,
    NoScatter,
    PresentWeightsUnclear,
    RecommendationFrozen,
    ReliabilityLow,
    ReliabilityUnknown,
    RestrictionStrong,
    Simpson,
    TooFewApplicants,
    WeightsFrozen,
)

# Below, the correction for the criterion is larger than what was measured.
LOW_RELIABILITY: Final = 0.5
# Below, most of the corrected value is extrapolated beyond the scores of those who were hired.
STRONG_RESTRICTION: Final = 0.3


@dataclass(slots=True)
class _Study:
    """What the sections share. ``work`` is NaN for who was not hired or has no record."""

    cohort: Cohort
    work: Floats
    rated: Bools
    repeats: int
    seed: int
    warnings: list[Caution] = field(default_factory=list)

    @property
    def n(self) -> int:
        return int(self.rated.sum())

    def has(self, minimum: Minimum, section: str) -> bool:
        """Whether there are enough persons; else a warning says how many more are needed."""
        missing = more_needed(minimum, self.n)
        if missing:
            self.warnings.append(
                MoreHiresNeeded(section=section, n=self.n, minimum=int(minimum), more_needed=missing)
            )
        return not missing


def analyse(
    cohort: Cohort,
    *,
    season: str,
    before: Before,
    with_points: bool = True,
    repeats: int = REPEATS,
    seed: int = SEED,
) -> Report:
    """The whole analysis.

    Args:
        cohort: one season at one place, for one position or all.
        season: its name.
        before: the seasons before at the same place.
        with_points: whether single persons may be points of a scatter plot, or only numbers.
        repeats: bootstrap samples.
        seed: of everything that is drawn.
    """
    # What has no value is NaN; no rule fires from it.
    with np.errstate(all="ignore"):
        return _analyse(
            cohort.known(), season=season, before=before, with_points=with_points, repeats=repeats, seed=seed
        )


def _analyse(
    cohort: Cohort, *, season: str, before: Before, with_points: bool, repeats: int, seed: int
) -> Report:
    work = summarise_months(cohort.monthly).mean if cohort.monthly.shape[1] else np.full(len(cohort), np.nan)
    study = _Study(cohort, work, cohort.hired & ~np.isnan(work), repeats, seed)
    if len(cohort) < SHOWN:
        return Report(warnings=[TooFewApplicants(minimum=SHOWN)])
    _warn_of_no_scatter(study)
    validity, pooling = _validity(study), _pooling(study)
    dimensions, groups, units = _dimensions(study), _groups(study), _units(study)
    anomalies, fairness = _anomalies(study), _fairness(study)
    drift = _drift(study, season, before)
    advice = _advice(study)
    weights = propose_weights(cohort, work, seed=seed)
    scored, worked = cohort.score[study.rated], work[study.rated]
    is_enough = study.n >= Minimum.VALIDITY
    return Report(
        n_applicants=len(cohort),
        n_hired=int(cohort.hired.sum()),
        n_performance=study.n,
        cut_off=float(cohort.score[cohort.passed].min()) if cohort.passed.any() else nan,
        **{estimate.name: getattr(validity, estimate.name) for estimate in fields(validity)},
        fisher95=Fisher(naive_r=fisher_interval(validity.naive_r, study.n)) if is_enough else None,
        spearman=spearman(scored, worked) if is_enough else nan,
        pooled_r=pooling.pooled_r,
        within_branch_r=pooling.within_branch_r,
        simpson_warning=pooling.simpson_warning,
        dimensions=dimensions,
        groups=groups,
        units=units,
        anomalies=anomalies,
        fairness=fairness,
        weights=weights,
        funnel=_funnel(cohort),
        summary=Summary(
            scores=_spread(season, cohort.score), work=_spread(season, worked) if study.n >= SHOWN else None
        ),
        drift=drift,
        just_below_cut=just_below_cut(cohort.score, cohort.passed),
        targets=_targets(cohort),
        outcomes=measure_outcomes(cohort, work, before=before.outcomes),
        scatter=draw_scatter(cohort.score, work, seed=seed) if with_points else None,
        recommendations=[*_weights(study, weights, validity), *advice.findings],
        attention=advice.attention,
        equal_score=advice.equal_score,
        first_channels=advice.first_channels,
        warnings=study.warnings,
    )


def _warn_of_no_scatter(study: _Study) -> None:
    """No scatter, no figure: say which of both is the same for everybody, once there are enough to expect some."""
    if study.n < Minimum.GROUP:
        return
    if is_flat(study.cohort.score[study.rated]):
        study.warnings.append(NoScatter(of="score", n=study.n))
    if is_flat(study.work[study.rated]):
        study.warnings.append(NoScatter(of="work", n=study.n))


def _validity(study: _Study) -> Validity:
    """Naive, u, reliability and both corrections, always with their intervals."""
    if not study.has(Minimum.VALIDITY, "validity"):
        return Validity()
    found = estimate_validity(
        study.cohort.score,
        np.where(study.cohort.hired[:, None], study.cohort.monthly, np.nan),
        repeats=study.repeats,
        seed=study.seed,
    )
    if np.isnan(found.criterion_reliability):
        if not np.isnan(found.naive_r):
            study.warnings.append(ReliabilityUnknown())
    elif found.criterion_reliability < LOW_RELIABILITY:
        study.warnings.append(ReliabilityLow(criterion_reliability=found.criterion_reliability))
    if found.u < STRONG_RESTRICTION:
        study.warnings.append(RestrictionStrong(u=found.u))
    return found


def _pooling(study: _Study) -> Pooling:
    if study.n < Minimum.VALIDITY:
        return Pooling(nan, nan, nan, simpson_warning=False)
    rated = study.rated
    found = compare_pooling(study.cohort.score[rated], study.work[rated], study.cohort.branch[rated])
    if found.simpson_warning:
        study.warnings.append(
            Simpson(pooled_r=found.pooled_r, within_branch_r=found.within_branch_r, p=found.p)
        )
    return found


def _dimensions(study: _Study) -> list[Dimension]:
    complete: Bools = np.logical_and.reduce(np.isfinite(study.cohort.dimensions), axis=1)
    rated = study.rated & complete
    dimensions, codes = study.cohort.dimensions, study.cohort.codes
    unknown = [Dimension(code=code, n=int(rated.sum())) for code in codes]
    if not codes or not study.has(Minimum.DIMENSIONS, "dimensions") or rated.sum() < Minimum.DIMENSIONS:
        return unknown
    if not are_independent(dimensions[complete]) or not are_independent(dimensions[rated]):
        study.warnings.append(DimensionsDependent())
        return unknown
    work = np.where(study.rated, study.work, np.nan)[complete]
    return analyse_dimensions(codes, dimensions[complete], work, repeats=study.repeats, seed=study.seed)


def _groups(study: _Study) -> list[Group | Hidden]:
    rated = study.rated
    attributes = {name: values[rated] for name, values in study.cohort.groups.items()}
    found = compare_groups(study.cohort.score[rated], study.work[rated], attributes)
    for group in found:
        if group.flagged:
            study.warnings.append(
                GroupSlopeDiffers(name=group.name, slope_difference=group.slope_difference, q=group.q)
            )
    return hide_small(found, name_of=lambda group: group.name, total=study.n)


def _units(study: _Study) -> list[Unit | Hidden]:
    rated = study.rated
    found = compare_units(study.cohort.score[rated], study.work[rated], study.cohort.unit[rated])
    return hide_small(found, name_of=lambda unit: unit.code)


def _anomalies(study: _Study) -> Anomalies | None:
    if not study.has(Minimum.ANOMALIES, "anomalies"):
        return None
    rated = study.rated
    found = count_anomalies(study.cohort.score[rated], study.work[rated], seed=study.seed)
    if found is None:
        if not is_flat(study.cohort.score[rated]) and not is_flat(study.work[rated]):
            study.warnings.append(NoScatter(of="residual", n=study.n))
    elif found.observed > found.high:
        study.warnings.append(AnomaliesAboveChance(observed=found.observed, high=found.high))
    return found


def _fairness(study: _Study) -> list[Impact | Hidden]:
    found = impact_ratios(study.cohort.passed, study.cohort.protected)
    for impact in found:
        if impact.adverse:
            study.warnings.append(
                AdverseImpact(group=impact.group, impact_ratio=impact.impact_ratio, p=impact.p)
            )
    return hide_small(found, name_of=lambda impact: impact.group, total=len(study.cohort))


def _funnel(cohort: Cohort) -> Funnel:
    channels = by_channel(cohort.reached, cohort.channel, cohort.hours)
    stages = STAGES if (cohort.channel != "").any() else WITHOUT_NOTICES
    return Funnel(steps=count_steps(cohort.reached, stages=stages), channels=channels)


def _drift(study: _Study, season: str, before: Before) -> Drift:
    scores, versions = study.cohort.score, study.cohort.version
    by_version = [
        _spread(str(version), scores[versions == version])
        for version in np.unique(versions)
        if (versions == version).sum() >= SHOWN
    ]
    found = Drift(
        seasons=find_shifts([*before.scores, _spread(season, scores)]),
        versions=find_shifts(by_version),
        work=find_shifts([*before.work, _spread(season, study.work[study.rated])]),
    )
    of: Literal["seasons", "versions", "work"]
    for of in ("seasons", "versions", "work"):
        for shift in getattr(found, of):
            if shift.shifted:
                study.warnings.append(Drifted(of=of, label=shift.label, d=shift.d, p=shift.p))
    return found


def _targets(cohort: Cohort) -> list[Attainment]:
    ratios = {"all": cohort.attainment, **cohort.ratios}
    found = [summarise_attainment(code, values[cohort.hired]) for code, values in ratios.items()]
    return [row for row in found if row is not None and row.n >= SHOWN]


def _advice(study: _Study) -> Advice:
    """What every rule advises, and the tables behind it; a warning says what is held back."""
    advice = advise(study.cohort, study.work, seed=study.seed)
    for held in advice.frozen:
        study.warnings.append(
            RecommendationFrozen(kind=held.kind, subject=held.subject, groups=held.fairness.adverse)
        )
    return advice


def _weights(study: _Study, proposal: Proposal, validity: Validity) -> list[DimensionWeights]:
    """The proposal of weights if it stands; otherwise a warning says what it lacks."""
    if proposal.status == "more_hires_needed":
        study.has(Minimum.WEIGHTS_SUGGESTED, "weights")
    if not isinstance(proposal, ComparedProposal):
        return []
    if proposal.status == "frozen":
        study.warnings.append(WeightsFrozen(groups=proposal.adverse))
    elif proposal.status == "present_weights_unclear":
        study.warnings.append(PresentWeightsUnclear(fit=proposal.fit))
    found = weights_finding(proposal, validity)
    return [] if found is None else [found]


def _spread(label: str, values: Floats) -> Spread:
    n = len(values)
    return Spread(
        label,
        n,
        float(values.mean()) if n else np.nan,
        float(values.std(ddof=1)) if n > 1 else np.nan,
    )
