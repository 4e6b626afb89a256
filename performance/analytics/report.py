"""One season, place and position analysed: every section, its minimum number, its warnings.

Nothing is recommended below its minimum number.
"""

from dataclasses import fields
from math import nan
from typing import Literal

import numpy as np

from performance.analytics.advice import Advice, Comparisons, advise, compare, judge_together
from performance.analytics.anomalies import Anomalies, count_anomalies
from performance.analytics.arrays import Bools, Floats, is_flat
from performance.analytics.assumptions.selection import best_cut_off
from performance.analytics.attainment import Attainment, summarise_attainment
from performance.analytics.bootstrap import REPEATS, SEED
from performance.analytics.cohort import Cohort
from performance.analytics.correlation import fisher_interval, spearman
from performance.analytics.dimensions import Dimension, analyse_dimensions, are_independent
from performance.analytics.drift import Spread, find_shifts
from performance.analytics.fairness import Impact, impact_ratios
from performance.analytics.family import WHOLE
from performance.analytics.funnel import STAGES, WITHOUT_NOTICES, by_channel, count_steps
from performance.analytics.groups import Group, compare_groups
from performance.analytics.minimums import SHOWN, Minimum
from performance.analytics.outcomes import measure_outcomes
from performance.analytics.privacy import Hidden, hide_small
from performance.analytics.proposal import (
    ComparedProposal,
    DimensionWeights,
    Proposal,
    Setting,
    propose_weights,
    weights_finding,
)
from performance.analytics.randomised_band import just_below_cut
from performance.analytics.results import Before, Drift, Fisher, Funnel, Report, Summary
from performance.analytics.scatter import draw_scatter
from performance.analytics.study import (
    Study,
    cut_off_of_each,
    cut_offs_of,
    expectancy_of,
    operational_of,
    pooling_of,
    prepared,
    validity_of,
)
from performance.analytics.units import Unit, compare_units
from performance.analytics.validity import Validity
from performance.analytics.warnings import (
    AdverseImpact,
    AnomaliesAboveChance,
    DimensionsDependent,
    Drifted,
    GroupSlopeDiffers,
    NoScatter,
    PresentWeightsUnclear,
    RecommendationFrozen,
    TooFewApplicants,
    WeightsFrozen,
)


def analyse(
    cohort: Cohort,
    *,
    season: str,
    before: Before,
    with_points: bool = True,
    repeats: int = REPEATS,
    seed: int = SEED,
    share: float = WHOLE,
) -> Report:
    """The whole analysis.

    Args:
        cohort: one season at one place, for one position or all.
        season: its name.
        before: the seasons before at the same place.
        with_points: whether single persons may be points of a scatter plot, or only numbers.
        repeats: bootstrap samples.
        seed: of everything that is drawn.
        share: of the error rate (``family.share_of``).
    """
    # What has no value is NaN; no rule fires from it.
    with np.errstate(all="ignore"):
        if len(cohort := cohort.known()) < SHOWN:
            return Report(warnings=[TooFewApplicants(minimum=SHOWN)])
        study = prepared(cohort, repeats=repeats, seed=seed, share=share)
        return _analyse(study, season=season, before=before, with_points=with_points)


def _analyse(study: Study, *, season: str, before: Before, with_points: bool) -> Report:
    cohort, work, seed = study.cohort, study.work, study.seed
    _warn_of_no_scatter(study)
    validity, pooling = validity_of(study), pooling_of(study)
    operational, conclusion = operational_of(study, pooling)
    cut_offs = cut_offs_of(cohort)
    groups, compared = _compared(study)
    dimensions, units = _dimensions(study), _units(study)
    anomalies, fairness = _anomalies(study), _fairness(study)
    drift = _drift(study, season, before)
    advice = _advice(study, compared)
    setting = Setting(seed=seed, share=study.share, is_confounded=study.is_confounded)
    weights = propose_weights(cohort, work, setting)
    scored, worked = cohort.score[study.rated], work[study.rated]
    is_enough = study.n >= Minimum.VALIDITY
    return Report(
        n_applicants=len(cohort),
        n_hired=int(cohort.hired.sum()),
        n_performance=study.n,
        cut_off=best_cut_off(cohort.score, cohort.passed),
        cut_offs=[row for row in cut_offs if row.n >= SHOWN],
        operational=operational,
        conclusion=conclusion,
        expectancy=expectancy_of(study, operational, conclusion, cut_offs),
        **{estimate.name: getattr(validity, estimate.name) for estimate in fields(validity)},
        fisher95=Fisher(naive_r=fisher_interval(validity.naive_r, study.n)) if is_enough else None,
        spearman=spearman(scored, worked) if is_enough else nan,
        pooled_r=pooling.pooled_r,
        within_branch_r=pooling.within_branch_r,
        within_branch_detectable=pooling.detectable,
        simpson_warning=study.is_confounded,
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
        just_below_cut=just_below_cut(cohort.score, cohort.passed, cut_off_of_each(cohort, cut_offs)),
        targets=_targets(cohort),
        outcomes=measure_outcomes(cohort, work, before=before.outcomes),
        scatter=draw_scatter(cohort.score, work, seed=seed) if with_points else None,
        recommendations=[*_weights(study, weights, validity), *advice.findings],
        attention=advice.attention,
        equal_score=advice.equal_score,
        first_channels=advice.first_channels,
        warnings=study.warnings,
    )


def _warn_of_no_scatter(study: Study) -> None:
    """No scatter, no figure: say which of both is the same for everybody, once there are enough to expect some."""
    if study.n < Minimum.GROUP:
        return
    if is_flat(study.cohort.score[study.rated]):
        study.warnings.append(NoScatter(of="score", n=study.n))
    if is_flat(study.work[study.rated]):
        study.warnings.append(NoScatter(of="work", n=study.n))


def _dimensions(study: Study) -> list[Dimension]:
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


def _compared(study: Study) -> tuple[list[Group | Hidden], Comparisons]:
    """Everything that is tested, judged together: one error rate over all rules."""
    within = study.marks.within
    attributes = {name: values[study.rated] for name, values in study.cohort.groups.items()}
    inflation = study.n / within.freedom if within.freedom > 0 else np.inf
    groups = compare_groups(within.x, within.y, attributes, inflation=inflation)
    judged, comparisons = judge_together(groups, compare(study.cohort, study.work), share=study.share)
    return _groups(study, judged), comparisons


def _groups(study: Study, found: list[Group]) -> list[Group | Hidden]:
    for group in found:
        if group.flagged:
            study.warnings.append(
                GroupSlopeDiffers(name=group.name, slope_difference=group.slope_difference, q=group.q)
            )
    return hide_small(found, name_of=lambda group: group.name, total=study.n)


def _units(study: Study) -> list[Unit | Hidden]:
    rated = study.rated
    found = compare_units(study.cohort.score[rated], study.work[rated], study.cohort.unit[rated])
    return hide_small(found, name_of=lambda unit: unit.code)


def _anomalies(study: Study) -> Anomalies | None:
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


def _fairness(study: Study) -> list[Impact | Hidden]:
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


def _drift(study: Study, season: str, before: Before) -> Drift:
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


def _advice(study: Study, compared: Comparisons) -> Advice:
    """What every rule advises, and the tables behind it; a warning says what is held back."""
    advice = advise(study.cohort, compared, seed=study.seed, is_confounded=study.is_confounded)
    for held in advice.frozen:
        study.warnings.append(
            RecommendationFrozen(kind=held.kind, subject=held.subject, groups=held.fairness.adverse)
        )
    return advice


def _weights(study: Study, proposal: Proposal, validity: Validity) -> list[DimensionWeights]:
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
