"""The warnings of a result in plain words: what is the matter, with its figures, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import singledispatch
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.analytics.warnings import (
    AdverseImpact,
    AnomaliesAboveChance,
    Caution,
    DimensionsDependent,
    Drifted,
    EstimateWithheld,
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
from performance.rendering import checks, names
from performance.rendering.parts import equals, shown

SECTIONS: Final[dict[str, Promise]] = {
    "validity": gettext_lazy("Validity"),
    "dimensions": gettext_lazy("Dimensions"),
    "anomalies": gettext_lazy("Anomalies"),
    "weights": gettext_lazy("Weights"),
}
DRIFT_OF: Final[dict[str, Promise]] = {
    "seasons": gettext_lazy("interview scores by season"),
    "versions": gettext_lazy("interview scores by model version"),
    "work": gettext_lazy("job performance by season"),
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One warning as a person reads it."""

    code: str
    text: str
    to_do: str


def remarks(warnings: Iterable[Caution], *codes: str) -> list[Remark]:
    """The warnings of these codes, or all of them, in words."""
    return [remark(warning) for warning in warnings if not codes or warning.code in codes]


def remark(warning: Caution) -> Remark:
    """One warning."""
    text, to_do = _words(warning)
    return Remark(warning.code, text, to_do)


def needed(warnings: Iterable[Caution], section: str) -> str:
    """What a section needs before it has figures: more persons, or some that differ; "" if it has enough."""
    for warning in warnings:
        if isinstance(warning, TooFewApplicants) or _concerns(warning, section):
            return remark(warning).text
    return ""


def _concerns(warning: Caution, section: str) -> bool:
    if isinstance(warning, NoScatter):
        return warning.of != "residual" or section == "anomalies"
    return isinstance(warning, MoreHiresNeeded) and warning.section == section


@singledispatch
def _words(found: object) -> tuple[str, str]:
    """What is the matter, and what to do."""
    raise TypeError(type(found))


@_words.register
def _missing(found: MoreHiresNeeded) -> tuple[str, str]:
    text = _(
        "%(section)s: %(more)s more hires with performance records are needed. There are %(n)s; "
        "from %(minimum)s on figures are shown."
    ) % {
        "section": SECTIONS.get(found.section, found.section),
        "more": shown("count", found.more_needed),
        "n": shown("count", found.n),
        "minimum": shown("count", found.minimum),
    }
    return text, _("Select the branch above or all positions, or wait for more records.")


@_words.register
def _too_few(found: TooFewApplicants) -> tuple[str, str]:
    text = _("Fewer than %(minimum)s people were interviewed here. Figures could identify individuals.")
    return text % {"minimum": found.minimum}, _("Select the branch above or all positions.")


@_words.register
def _flat(found: NoScatter) -> tuple[str, str]:
    texts = {
        "score": _("All %(n)s people hired have the same interview score; there is nothing to compare."),
        "work": _("All %(n)s people hired have the same performance; there is nothing to compare."),
        "residual": _(
            "The performance of %(n)s people follows exactly from their score. Chance cannot be assessed."
        ),
    }
    return texts[found.of] % {"n": shown("count", found.n)}, _("Check that the scores were entered as given.")


@_words.register
def _no_reliability(found: ReliabilityUnknown) -> tuple[str, str]:
    return (
        _("The reliability of the monthly scores is unknown, so the last estimate is missing."),
        _("At least two months of records of the same people are needed."),
    )


@_words.register
def _low_reliability(found: ReliabilityLow) -> tuple[str, str]:
    text = _(
        "The monthly scores agree little (reliability %(value)s, below 0.50). The last correction "
        "exceeds what was measured."
    )
    return text % {"value": shown("r", found.criterion_reliability)}, _(
        "Rely more on the second estimate. Find out whether managers apply the same rating standard."
    )


@_words.register
def _restricted(found: RestrictionStrong) -> tuple[str, str]:
    text = _(
        "The scores of hires hardly differ (u = %(u)s, below 0.30). Most of the corrected value is "
        "extrapolated to scores that no hire has."
    )
    return text % {"u": shown("r", found.u)}, _(
        "Treat the corrected value as a rough estimate. A randomised band would give direct evidence."
    )


@_words.register
def _simpson(found: Simpson) -> tuple[str, str]:
    texts = {
        "branches": _(
            "The overall correlation is %(pooled)s, within branches %(within)s (p %(p)s): the total and "
            "the branches disagree (Simpson's paradox)."
        ),
        "positions": _(
            "The overall correlation is %(pooled)s, within positions %(within)s (p %(p)s): the total and "
            "the positions disagree (Simpson's paradox)."
        ),
    }
    values = {
        "pooled": shown("r", found.pooled_r),
        "within": shown("r", found.within_branch_r),
        "p": equals("p", found.p),
    }
    return texts[found.of] % values, _(
        "Weights and hiring shares are frozen. Use only values from within positions and branches, and find "
        "out whether they apply different rating standards."
    )


@_words.register
def _withheld(found: EstimateWithheld) -> tuple[str, str]:
    failed = names.listed([f"“{checks.assumption(code)}”" for code in found.because])
    text = (
        _("No single figure may be called the validity, because assumptions fail: %(checks)s.")
        if found.status == "range"
        else _("No validity is estimated, because assumptions fail: %(checks)s.")
    )
    return text % {"checks": failed}, _("The table of checks says what to do about each.")


@_words.register
def _dependent(found: DimensionsDependent) -> tuple[str, str]:
    return (
        _("Some interview dimensions duplicate others exactly and cannot be told apart."),
        _("Ask the interview provider whether one dimension is computed from another."),
    )


@_words.register
def _group_differs(found: GroupSlopeDiffers) -> tuple[str, str]:
    text = _(
        "%(group)s: performance per score point differs by %(difference)s points from all others (q %(q)s)."
    )
    values = {
        "group": names.group(found.name),
        "difference": shown("slope", found.slope_difference),
        "q": equals("p", found.q),
    }
    return text % values, _(
        "This needs a closer look and is not a finding. Check whether it recurs next season."
    )


@_words.register
def _many_anomalies(found: AnomaliesAboveChance) -> tuple[str, str]:
    text = _(
        "%(observed)s people have a score of 90 or more and performance of 70 or less; chance explains up "
        "to %(high)s."
    )
    return text % {"observed": found.observed, "high": found.high}, _(
        "Review the cases and record the reasons."
    )


@_words.register
def _adverse(found: AdverseImpact) -> tuple[str, str]:
    text = _(
        "%(group)s: its pass rate is %(ratio)s times the highest pass rate, significantly below four "
        "fifths (p %(p)s)."
    )
    values = {
        "group": names.group(found.group),
        "ratio": shown("ratio", found.impact_ratio),
        "p": equals("p", found.p),
    }
    return text % values, _("Changes of weights are frozen until this is explained.")


@_words.register
def _drift(found: Drifted) -> tuple[str, str]:
    text = _("%(what)s: %(label)s differs from the baseline by %(d)s standard deviations (p %(p)s).")
    values = {
        "what": DRIFT_OF.get(found.of, found.of),
        "label": found.label,
        "d": shown("r", found.d),
        "p": equals("p", found.p),
    }
    return text % values, _(
        "Compare seasons with care. Find out what changed in the interview or in the performance ratings."
    )


@_words.register
def _frozen(found: WeightsFrozen) -> tuple[str, str]:
    groups = names.listed([names.group(name) for name in found.groups])
    return _("No weights are proposed: adverse impact on a group (%(groups)s).") % {"groups": groups}, _(
        "Explain or remove the difference first; see “Fairness”."
    )


@_words.register
def _frozen_advice(found: RecommendationFrozen) -> tuple[str, str]:
    text = _(
        "The recommendation on the hiring share of %(what)s is withheld: adverse impact on a group (%(groups)s)."
    )
    groups = names.listed([names.group(name) for name in found.groups])
    return text % {"what": names.group(found.subject), "groups": groups}, _(
        "Explain or remove the difference first; see “Fairness”."
    )


@_words.register
def _unclear_weights(found: PresentWeightsUnclear) -> tuple[str, str]:
    text = _("The score is not a weighted mean of its dimensions (%(fit)s explained, 98%% needed).")
    return text % {"fit": shown("percent", found.fit)}, _(
        "Ask the interview provider how the score is calculated."
    )
