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
    "work": gettext_lazy("the work by season"),
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
    return text, _("Look at the branch above or at all positions together, or wait for the next records.")


def _too_few(found: dict[str, Any]) -> tuple[str, str]:
    text = _("Fewer than %(minimum)s people were interviewed here; figures would be about each of them.")
    return text % {"minimum": found["minimum"]}, _("Look at the branch above or at all positions together.")


def _flat(found: dict[str, Any]) -> tuple[str, str]:
    texts = {
        "score": _("All %(n)s people hired have the same interview score; there is nothing to compare."),
        "work": _("All %(n)s people hired have the same performance; there is nothing to compare."),
        "residual": _(
            "The performance of %(n)s people follows from their score exactly; chance cannot be judged."
        ),
    }
    return texts[found["of"]] % {"n": shown("count", found["n"])}, _(
        "Ask whether the scores were entered as they were given."
    )


def _no_reliability(_found: dict[str, Any]) -> tuple[str, str]:
    return (
        _("How reliable the monthly scores are is unknown, so the last rung of the ladder is missing."),
        _("It needs at least two months of records of the same people."),
    )


def _low_reliability(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "The monthly scores agree little with each other (reliability %(value)s, below 0.50); the last "
        "rung corrects more than was measured."
    )
    return text % {"value": shown("r", found["criterion_reliability"])}, _(
        "Trust the second rung more. Find out whether managers rate by the same standard."
    )


def _restricted(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "Those hired hardly differ in their scores (u = %(u)s, below 0.30); most of the corrected value is "
        "extrapolated to scores that nobody hired has."
    )
    return text % {"u": shown("r", found["u"])}, _(
        "Read the corrected value as a rough estimate. An exploration band would give direct evidence."
    )


def _simpson(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "Over everybody the correlation is %(pooled)s, inside branches %(within)s (p = %(p)s): the bank's "
        "total and its branches say different things (Simpson's paradox)."
    )
    values = {
        "pooled": shown("r", found["pooled_r"]),
        "within": shown("r", found["within_branch_r"]),
        "p": shown("p", found["p"]),
    }
    return text % values, _(
        "Judge the interview by the value inside branches; ask whether branches rate the work by different standards."
    )


def _dependent(_found: dict[str, Any]) -> tuple[str, str]:
    return (
        _("Some interview dimensions say exactly what others say, so they cannot be told apart."),
        _("Ask the makers of the interview whether two dimensions are computed from each other."),
    )


def _group_differs(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "%(group)s: a point of score goes with %(difference)s points of performance more or less than in "
        "everybody else (q = %(q)s)."
    )
    values = {
        "group": names.group(found["name"]),
        "difference": shown("slope", found["slope_difference"]),
        "q": shown("p", found["q"]),
    }
    return text % values, _(
        "A question to be looked into, not a finding: see whether it returns next season."
    )


def _many_anomalies(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "%(observed)s people have a score of 90 or more and performance of 70 or less; chance explains up "
        "to %(high)s."
    )
    return text % {"observed": found["observed"], "high": found["high"]}, _(
        "Read the cases and write down the reasons."
    )


def _adverse(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "%(group)s: passes %(ratio)s times as often as the group that passes most often, below four fifths "
        "and not by chance (p = %(p)s)."
    )
    values = {
        "group": names.group(found["group"]),
        "ratio": shown("ratio", found["impact_ratio"]),
        "p": shown("p", found["p"]),
    }
    return text % values, _("Changes of weights are frozen until this is explained.")


def _drift(found: dict[str, Any]) -> tuple[str, str]:
    text = _("%(what)s: %(label)s differs from the first by %(d)s standard deviations (p = %(p)s).")
    values = {
        "what": DRIFT_OF.get(found["of"], found["of"]),
        "label": found["label"],
        "d": shown("r", found["d"]),
        "p": shown("p", found["p"]),
    }
    return text % values, _("Compare seasons with care; ask what changed in the interview or in the rating.")


def _frozen(found: dict[str, Any]) -> tuple[str, str]:
    groups = names.listed([names.group(name) for name in found["groups"]])
    return _("No weights are proposed: a group is treated adversely (%(groups)s).") % {"groups": groups}, _(
        "Explain or remove the difference first; see “Fairness”."
    )


def _frozen_advice(found: dict[str, Any]) -> tuple[str, str]:
    text = _(
        "Advice on the hiring share of %(what)s is held back: a group is treated adversely (%(groups)s)."
    )
    groups = names.listed([names.group(name) for name in found["groups"]])
    return text % {"what": names.group(found["subject"]), "groups": groups}, _(
        "Explain or remove the difference first; see “Fairness”."
    )


def _unclear_weights(found: dict[str, Any]) -> tuple[str, str]:
    text = _("The score is no weighted mean of its dimensions (%(fit)s explained, 98%% needed).")
    return text % {"fit": shown("percent", found["fit"])}, _(
        "Ask the makers of the interview how the score is made."
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
