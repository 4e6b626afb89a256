"""The warnings of a result in plain words: what is the matter, with its figures, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.rendering import names
from performance.rendering.parts import shown

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


def remarks(warnings: list[dict[str, Any]], *codes: str) -> list[Remark]:
    """The warnings of these codes, or all of them, in words."""
    return [remark(warning) for warning in warnings if not codes or warning["code"] in codes]


def remark(warning: dict[str, Any]) -> Remark:
    """One warning; a code that nobody has words for is shown as it is."""
    code = str(warning["code"])
    words = WORDS.get(code)
    text, to_do = words(warning) if words else (code, "")
    return Remark(code, text, to_do)


def needed(warnings: list[dict[str, Any]], section: str) -> str:
    """What a section needs before it has figures: more persons, or some that differ; "" if it has enough."""
    for warning in warnings:
        if warning["code"] == "too_few_applicants":
            return _too_few(warning)[0]
        if warning["code"] == "no_scatter" and (warning["of"] != "residual" or section == "anomalies"):
            return _flat(warning)[0]
        if warning["code"] == "more_hires_needed" and warning["section"] == section:
            return _missing(warning)[0]
    return ""


def _missing(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "%(section)s: %(more)s more hires with performance records are needed. There are %(n)s; "
        "from %(minimum)s on figures are shown."
    ) % {
        "section": SECTIONS.get(found["section"], found["section"]),
        "more": shown("count", found["more_needed"]),
        "n": shown("count", found["n"]),
        "minimum": shown("count", found["minimum"]),
    }
    return text, _("Select the branch above or all positions, or wait for more records.")


def _too_few(found: dict[str, Any]) -> tuple[str, str]:
    text = _("Fewer than %(minimum)s people were interviewed here. Figures could identify individuals.")
    return text % {"minimum": found["minimum"]}, _("Select the branch above or all positions.")


def _flat(found: dict[str, Any]) -> tuple[str, str]:
    texts = {
        "score": _("All %(n)s people hired have the same interview score; there is nothing to compare."),
        "work": _("All %(n)s people hired have the same performance; there is nothing to compare."),
        "residual": _(
            "The performance of %(n)s people follows exactly from their score. Chance cannot be assessed."
        ),
    }
    return texts[found["of"]] % {"n": shown("count", found["n"])}, _(
        "Check that the scores were entered as given."
    )


def _no_reliability(_found: dict[str, Any]) -> tuple[str, str]:
    return (
        _("The reliability of the monthly scores is unknown, so the last estimate is missing."),
        _("At least two months of records of the same people are needed."),
    )


def _low_reliability(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "The monthly scores agree little (reliability %(value)s, below 0.50). The last correction "
        "exceeds what was measured."
    )
    return text % {"value": shown("r", found["criterion_reliability"])}, _(
        "Rely more on the second estimate. Find out whether managers apply the same rating standard."
    )


def _restricted(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "The scores of hires hardly differ (u = %(u)s, below 0.30). Most of the corrected value is "
        "extrapolated to scores that no hire has."
    )
    return text % {"u": shown("r", found["u"])}, _(
        "Treat the corrected value as a rough estimate. A randomised band would give direct evidence."
    )


def _simpson(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "The overall correlation is %(pooled)s, within branches %(within)s (p = %(p)s): the total and "
        "the branches disagree (Simpson's paradox)."
    )
    values = {
        "pooled": shown("r", found["pooled_r"]),
        "within": shown("r", found["within_branch_r"]),
        "p": shown("p", found["p"]),
    }
    return text % values, _(
        "Use the within-branch value to assess the interview. Find out whether branches apply different rating standards."
    )


def _dependent(_found: dict[str, Any]) -> tuple[str, str]:
    return (
        _("Some interview dimensions duplicate others exactly and cannot be told apart."),
        _("Ask the interview provider whether one dimension is computed from another."),
    )


def _group_differs(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "%(group)s: performance per score point differs by %(difference)s points from all others (q = %(q)s)."
    )
    values = {
        "group": names.group(found["name"]),
        "difference": shown("slope", found["slope_difference"]),
        "q": shown("p", found["q"]),
    }
    return text % values, _(
        "This needs a closer look and is not a finding. Check whether it recurs next season."
    )


def _many_anomalies(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "%(observed)s people have a score of 90 or more and performance of 70 or less; chance explains up "
        "to %(high)s."
    )
    return text % {"observed": found["observed"], "high": found["high"]}, _(
        "Review the cases and record the reasons."
    )


def _adverse(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "%(group)s: its pass rate is %(ratio)s times the highest pass rate, significantly below four "
        "fifths (p = %(p)s)."
    )
    values = {
        "group": names.group(found["group"]),
        "ratio": shown("ratio", found["impact_ratio"]),
        "p": shown("p", found["p"]),
    }
    return text % values, _("Changes of weights are frozen until this is explained.")


def _drift(found: dict[str, Any]) -> tuple[str, str]:
    text = _("%(what)s: %(label)s differs from the baseline by %(d)s standard deviations (p = %(p)s).")
    values = {
        "what": DRIFT_OF.get(found["of"], found["of"]),
        "label": found["label"],
        "d": shown("r", found["d"]),
        "p": shown("p", found["p"]),
    }
    return text % values, _(
        "Compare seasons with care. Find out what changed in the interview or in the performance ratings."
    )


def _frozen(found: dict[str, Any]) -> tuple[str, str]:
    groups = names.listed([names.group(name) for name in found["groups"]])
    return _("No weights are proposed: adverse impact on a group (%(groups)s).") % {"groups": groups}, _(
        "Explain or remove the difference first; see “Fairness”."
    )


def _frozen_advice(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "The recommendation on the hiring share of %(what)s is withheld: adverse impact on a group (%(groups)s)."
    )
    groups = names.listed([names.group(name) for name in found["groups"]])
    return text % {"what": names.group(found["subject"]), "groups": groups}, _(
        "Explain or remove the difference first; see “Fairness”."
    )


def _unclear_weights(found: dict[str, Any]) -> tuple[str, str]:
    text = _("The score is not a weighted mean of its dimensions (%(fit)s explained, 98%% needed).")
    return text % {"fit": shown("percent", found["fit"])}, _(
        "Ask the interview provider how the score is calculated."
    )


WORDS: Final[dict[str, Callable[[dict[str, Any]], tuple[str, str]]]] = {
    "more_hires_needed": _missing,
    "too_few_applicants": _too_few,
    "no_scatter": _flat,
    "reliability_unknown": _no_reliability,
    "reliability_low": _low_reliability,
    "restriction_strong": _restricted,
    "simpson": _simpson,
    "dimensions_dependent": _dependent,
    "group_slope_differs": _group_differs,
    "anomalies_above_chance": _many_anomalies,
    "adverse_impact": _adverse,
    "drift": _drift,
    "weights_frozen": _frozen,
    "recommendation_frozen": _frozen_advice,
    "present_weights_unclear": _unclear_weights,
}
