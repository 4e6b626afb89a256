"""One season, place and position analysed: every section, its minimum number, its warnings.

Sections come as plain values for JSON. A warning is a code with its figures; the pages have the
words. Nothing is recommended below its minimum number.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from performance.analytics.advice import advise
from performance.analytics.advice.advise import weights_finding
from performance.analytics.anomalies import count_anomalies
from performance.analytics.arrays import Bools, Floats, is_flat
from performance.analytics.attainment import summarise_attainment
from performance.analytics.bootstrap import REPEATS, SEED
from performance.analytics.cohort import Cohort
from performance.analytics.correlation import fisher_interval, spearman
from performance.analytics.dimensions import analyse_dimensions, are_independent
from performance.analytics.drift import Shift, Spread, find_shifts
from performance.analytics.fairness import impact_ratios
from performance.analytics.funnel import STAGES, WITHOUT_NOTICES, by_channel, count_steps
from performance.analytics.groups import compare_groups
from performance.analytics.minimums import SHOWN, Minimum, more_needed
from performance.analytics.outcomes import measure_outcomes
from performance.analytics.plain import plain
from performance.analytics.privacy import hide_small
from performance.analytics.proposal import propose_weights
from performance.analytics.randomised_band import just_below_cut
from performance.analytics.reliability import summarise_months
from performance.analytics.scatter import draw_scatter
from performance.analytics.units import compare_pooling, compare_units
from performance.analytics.validity import estimate_validity

ESTIMATES: Final = ("naive_r", "u", "criterion_reliability", "corrected_r", "corrected_full_r")
ESTIMATE_NAMES: Final = ("naive_r", "corrected_r", "corrected_full_r")
# What the rules of ``advice`` looked at.
TABLES: Final = ("attention", "equal_score", "first_channels")
# Below, the correction for the criterion is larger than what was measured.
LOW_RELIABILITY: Final = 0.5
# Below, most of the corrected value is extrapolated beyond the scores of those who were hired.
STRONG_RESTRICTION: Final = 0.3


@dataclass(frozen=True, slots=True)
class Before:
    """Earlier seasons of the same place and position, the oldest first: scores, and work.

    ``outcomes`` are those of the last one, by code, each with its ``season``.
    """

    scores: list[Spread] = field(default_factory=list)
    work: list[Spread] = field(default_factory=list)
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class _Study:
    """What the sections share. ``work`` is NaN for who was not hired or has no record."""

    cohort: Cohort
    work: Floats
    rated: Bools
    repeats: int
    seed: int
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def n(self) -> int:
        return int(self.rated.sum())

    def has(self, minimum: Minimum, section: str) -> bool:
        """Whether there are enough persons; else a warning says how many more are needed."""
        missing = more_needed(minimum, self.n)
        if missing:
            self.warn("more_hires_needed", section=section, n=self.n, minimum=minimum, more_needed=missing)
        return not missing

    def warn(self, code: str, **figures: Any) -> None:
        self.warnings.append({"code": code, **figures})


def analyse(
    cohort: Cohort,
    *,
    season: str,
    before: Before,
    with_points: bool = True,
    repeats: int = REPEATS,
    seed: int = SEED,
) -> dict[str, Any]:
    """The whole analysis as plain values; the keys are described in docs/analysis.md.

    Args:
        cohort: one season at one place, for one position or all.
        season: its name.
        before: the seasons before at the same place.
        with_points: whether single persons may be points of a scatter plot, or only numbers.
        repeats: bootstrap samples.
        seed: of everything that is drawn.
    """
    # What has no value is NaN, and None in the end; a rule fires from neither.
    with np.errstate(all="ignore"):
        return _analyse(
            cohort.known(), season=season, before=before, with_points=with_points, repeats=repeats, seed=seed
        )


def _analyse(
    cohort: Cohort, *, season: str, before: Before, with_points: bool, repeats: int, seed: int
) -> dict[str, Any]:
    work = summarise_months(cohort.monthly).mean if cohort.monthly.shape[1] else np.full(len(cohort), np.nan)
    study = _Study(cohort, work, cohort.hired & ~np.isnan(work), repeats, seed)
    if len(cohort) < SHOWN:
        return _nothing(study)
    _warn_of_no_scatter(study)
    sections = {
        "n_applicants": len(cohort),
        "n_hired": int(cohort.hired.sum()),
        "n_performance": study.n,
        "cut_off": float(cohort.score[cohort.passed].min()) if cohort.passed.any() else None,
        **_validity_estimates(study),
        **_pooling(study),
        "dimensions": _dimensions(study),
        "groups": _groups(study),
        "units": _units(study),
        "anomalies": _anomalies(study),
        "fairness": _fairness(study),
        "weights": propose_weights(cohort, work, seed=seed),
        "funnel": _funnel(cohort),
        "summary": {
            "scores": _spread(season, cohort.score),
            "work": _spread(season, work[study.rated]) if study.n >= SHOWN else None,
        },
        "drift": _drift(study, season, before),
        "just_below_cut": just_below_cut(cohort.score, cohort.passed),
        "targets": _targets(cohort),
        "outcomes": measure_outcomes(cohort, work, before=before.outcomes),
        "scatter": draw_scatter(cohort.score, work, seed=seed) if with_points else None,
    }
    sections |= _recommend(study, sections)
    found: dict[str, Any] = plain({**sections, "warnings": study.warnings})
    return found


def _nothing(study: _Study) -> dict[str, Any]:
    """The keys without figures: fewer than ``SHOWN`` applicants are not a group that is shown."""
    study.warn("too_few_applicants", minimum=SHOWN)
    names = (
        "n_applicants",
        "n_hired",
        "n_performance",
        "cut_off",
        *ESTIMATES,
        "spearman",
        "pooled_r",
        "within_branch_r",
    )
    lists = ("dimensions", "groups", "units", "fairness", "outcomes", "recommendations", *TABLES)
    return {
        **dict.fromkeys(names),
        **{name: [] for name in lists},
        "ci95": dict.fromkeys(ESTIMATE_NAMES),
        "simpson_warning": False,
        "anomalies": dict.fromkeys(("observed", "expected", "low", "high")),
        "warnings": study.warnings,
    }


def _warn_of_no_scatter(study: _Study) -> None:
    """No scatter, no figure: say which of both is the same for everybody, once there are enough to expect some."""
    if study.n < Minimum.GROUP:
        return
    for of, values in (("score", study.cohort.score[study.rated]), ("work", study.work[study.rated])):
        if is_flat(values):
            study.warn("no_scatter", of=of, n=study.n)


def _validity_estimates(study: _Study) -> dict[str, Any]:
    """Naive, u, reliability and both corrections, always with their intervals and n."""
    if not study.has(Minimum.VALIDITY, "validity"):
        return {**dict.fromkeys(ESTIMATES), "spearman": None, "ci95": dict.fromkeys(ESTIMATE_NAMES)}
    found = estimate_validity(
        study.cohort.score,
        np.where(study.cohort.hired[:, None], study.cohort.monthly, np.nan),
        repeats=study.repeats,
        seed=study.seed,
    )
    if np.isnan(found.criterion_reliability):
        if not np.isnan(found.naive_r):
            study.warn("reliability_unknown")
    elif found.criterion_reliability < LOW_RELIABILITY:
        study.warn("reliability_low", criterion_reliability=found.criterion_reliability)
    if found.u < STRONG_RESTRICTION:
        study.warn("restriction_strong", u=found.u)
    return {
        **{name: getattr(found, name) for name in ESTIMATES},
        "ci95": found.intervals,
        "fisher95": {"naive_r": fisher_interval(found.naive_r, found.n)},
        "spearman": spearman(study.cohort.score[study.rated], study.work[study.rated]),
    }


def _pooling(study: _Study) -> dict[str, Any]:
    if study.n < Minimum.VALIDITY:
        return {"pooled_r": None, "within_branch_r": None, "simpson_warning": False}
    rated = study.rated
    found = compare_pooling(study.cohort.score[rated], study.work[rated], study.cohort.branch[rated])
    if found.simpson_warning:
        study.warn("simpson", pooled_r=found.pooled_r, within_branch_r=found.within_branch_r, p=found.p)
    return {
        "pooled_r": found.pooled_r,
        "within_branch_r": found.within_branch_r,
        "simpson_warning": found.simpson_warning,
    }


def _dimensions(study: _Study) -> list[dict[str, Any]]:
    complete: Bools = np.logical_and.reduce(np.isfinite(study.cohort.dimensions), axis=1)
    rated = study.rated & complete
    dimensions, codes = study.cohort.dimensions, study.cohort.codes
    unknown = [
        {"code": code, "n": int(rated.sum()), "naive_r": None, "lawley_r": None, "relative_weight": None}
        for code in codes
    ]
    if not codes or not study.has(Minimum.DIMENSIONS, "dimensions") or rated.sum() < Minimum.DIMENSIONS:
        return unknown
    if not are_independent(dimensions[complete]) or not are_independent(dimensions[rated]):
        study.warn("dimensions_dependent")
        return unknown
    work = np.where(study.rated, study.work, np.nan)[complete]
    found = analyse_dimensions(codes, dimensions[complete], work, repeats=study.repeats, seed=study.seed)
    rows: list[dict[str, Any]] = plain(found)
    return rows


def _groups(study: _Study) -> list[dict[str, Any]]:
    rated = study.rated
    attributes = {name: values[rated] for name, values in study.cohort.groups.items()}
    found = compare_groups(study.cohort.score[rated], study.work[rated], attributes)
    for group in found:
        if group.flagged:
            study.warn(
                "group_slope_differs", name=group.name, slope_difference=group.slope_difference, q=group.q
            )
    return hide_small(plain(found), named_by="name", total=study.n)


def _units(study: _Study) -> list[dict[str, Any]]:
    rated = study.rated
    found = compare_units(study.cohort.score[rated], study.work[rated], study.cohort.unit[rated])
    return hide_small(plain(found), named_by="code")


def _anomalies(study: _Study) -> dict[str, Any]:
    if not study.has(Minimum.ANOMALIES, "anomalies"):
        return dict.fromkeys(("observed", "expected", "low", "high"))
    rated = study.rated
    found = count_anomalies(study.cohort.score[rated], study.work[rated], seed=study.seed)
    if found is None:
        if not is_flat(study.cohort.score[rated]) and not is_flat(study.work[rated]):
            study.warn("no_scatter", of="residual", n=study.n)
        return dict.fromkeys(("observed", "expected", "low", "high"))
    if found.observed > found.high:
        study.warn("anomalies_above_chance", observed=found.observed, high=found.high)
    summary: dict[str, Any] = plain(found)
    return summary


def _fairness(study: _Study) -> list[dict[str, Any]]:
    found = impact_ratios(study.cohort.passed, study.cohort.protected)
    for impact in found:
        if impact.adverse:
            study.warn("adverse_impact", group=impact.group, impact_ratio=impact.impact_ratio, p=impact.p)
    return hide_small(plain(found), named_by="group", total=len(study.cohort))


def _funnel(cohort: Cohort) -> dict[str, Any]:
    channels = by_channel(cohort.reached, cohort.channel, cohort.hours)
    stages = STAGES if (cohort.channel != "").any() else WITHOUT_NOTICES
    return {"steps": count_steps(cohort.reached, stages=stages), "channels": channels}


def _drift(study: _Study, season: str, before: Before) -> dict[str, list[Shift]]:
    scores, versions = study.cohort.score, study.cohort.version
    by_version = [
        _spread(str(version), scores[versions == version])
        for version in np.unique(versions)
        if (versions == version).sum() >= SHOWN
    ]
    found = {
        "seasons": find_shifts([*before.scores, _spread(season, scores)]),
        "versions": find_shifts(by_version),
        "work": find_shifts([*before.work, _spread(season, study.work[study.rated])]),
    }
    for name, shifts in found.items():
        for shift in shifts:
            if shift.shifted:
                study.warn("drift", of=name, label=shift.label, d=shift.d, p=shift.p)
    return found


def _targets(cohort: Cohort) -> list[dict[str, Any]]:
    ratios = {"all": cohort.attainment, **cohort.ratios}
    found = [summarise_attainment(code, values[cohort.hired]) for code, values in ratios.items()]
    rows: list[dict[str, Any]] = plain([row for row in found if row is not None and row.n >= SHOWN])
    return rows


def _recommend(study: _Study, sections: dict[str, Any]) -> dict[str, Any]:
    """What every rule advises, and the tables behind it; a warning says what is held back."""
    advice = advise(study.cohort, study.work, seed=study.seed)
    for held in advice.frozen:
        study.warn(
            "recommendation_frozen", kind=held.kind, subject=held.subject, groups=held.fairness.adverse
        )
    return {"recommendations": [*_weights(study, sections), *plain(advice.findings)], **advice.tables}


def _weights(study: _Study, sections: dict[str, Any]) -> list[dict[str, Any]]:
    """The proposal of weights if it stands; otherwise a warning says what it lacks."""
    weights = sections["weights"]
    status = weights["status"]
    if status in ("suggestion", "recommendation"):
        validity_estimates = {name: sections[name] for name in ("naive_r", "corrected_r")}
        return [weights_finding(weights, validity_estimates | {"ci95": sections["ci95"]})]
    if status == "frozen":
        study.warn("weights_frozen", groups=weights["adverse"])
    elif status == "more_hires_needed":
        study.has(Minimum.WEIGHTS_SUGGESTED, "weights")
    elif status == "present_weights_unclear":
        study.warn("present_weights_unclear", fit=weights["fit"])
    return []


def _spread(label: str, values: Floats) -> Spread:
    n = len(values)
    return Spread(
        label,
        n,
        float(values.mean()) if n else np.nan,
        float(values.std(ddof=1)) if n > 1 else np.nan,
    )
