"""A recommendation in the words of the reader's language: advice, evidence, fairness, what it would have changed."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from branches.models import Position
from hrportal.kernel.pages import Typed
from notifications.enums import ChannelCode, Dimension
from performance.analytics.minimums import SHOWN
from performance.enums import RecommendationKind
from performance.models import Recommendation
from recruitment.enums import Education, Gender

Facts = list[tuple[str, str]]


def subject_of(row: Recommendation) -> str:
    """The group or channel that it is about; "" for all."""
    if row.kind == RecommendationKind.CHANNEL_ORDER:
        return str(ChannelCode(row.subject).label)
    return group_name(row.subject) if row.subject else ""


def place_of(row: Recommendation) -> str:
    """The whole bank, or one position of it."""
    return _position_name(row.position) if row.position else _("The whole bank")


def group_name(code: str) -> str:
    """``attribute:value`` as people say it."""
    name, _colon, value = code.partition(":")
    match name:
        case "education":
            return _("education: %s") % _label(Education, value)
        case "recent_graduate":
            return _("recent graduates")
        case "experience":
            return _("experience: %s") % value
        case "position":
            found = Position.objects.filter(code=value).first()
            return _("position: %s") % (_position_name(found) if found else value)
        case "gender":
            return _("gender: %s") % _label(Gender, value)
        case _:
            return code


def advice_of(row: Recommendation) -> str:
    """What is advised, in a sentence."""
    content = row.content
    match row.kind:
        case RecommendationKind.DIMENSION_WEIGHTS:
            return _(
                "Weight the interview dimensions as below: half-way from the current weights to the optimal ones."
            )
        case RecommendationKind.TARGET_UNDERSTANDING:
            return _(
                "Examine the understanding of targets more closely in interviews of this group: "
                "%(group)s. They accept their targets but miss them more often than others."
            ) % {"group": subject_of(row)}
        case RecommendationKind.HIRING_SHARE:
            words = {
                "raise": _(
                    "Plan for a larger share of this group: %(group)s. They perform better at the same score."
                ),
                "lower": _(
                    "Plan for a smaller share of this group: %(group)s. They perform less well at the same score."
                ),
            }
            return words[content["share"]] % {"group": subject_of(row)}
        case _:
            return _(
                "Contact by %(first)s before %(then)s: fewer notices stay unread, and candidates left without reading theirs."
            ) % {
                "first": ChannelCode(content["first"]).label,
                "then": ChannelCode(content["instead_of"]).label,
            }


def evidence_of(row: Recommendation) -> Facts:
    """The figures, each with its interval."""
    found = row.evidence
    facts: Facts = FIGURES[RecommendationKind(row.kind)](found)
    facts.append(("p", _p(found["p"])))
    if "q" in found:
        facts.append((_("q, adjusted for the number of comparisons"), _p(found["q"])))
    return facts


def changes_of(row: Recommendation) -> str:
    """What it would have changed last season, in a sentence."""
    found = row.last_season
    match row.kind:
        case RecommendationKind.DIMENSION_WEIGHTS:
            return _(
                "Of %(passes)d passed candidates, %(new)d would have been others; as many would not have passed."
            ) % {"passes": found["passes"], "new": found["newly_passing"]}
        case RecommendationKind.TARGET_UNDERSTANDING:
            return _(
                "%(missed)d of them missed their targets. At the rate of others, %(fewer)s fewer would "
                "have (95%% confidence interval %(interval)s)."
            ) % {
                "missed": found["missed"],
                "fewer": f"{found['fewer_missed']:.0f}",
                "interval": _span(found["ci95"], 0),
            }
        case RecommendationKind.HIRING_SHARE:
            return _(
                "%(moved)d of %(hires)d hires would have been other passed candidates; mean "
                "performance would have been %(change)s points higher (95%% confidence interval "
                "%(interval)s)."
            ) % {
                "moved": found["other_persons"],
                "hires": found["hires"],
                "change": f"{found['mean_change']:.2f}",
                "interval": _span(found["ci95"], 2),
            }
        case _:
            return _(
                "About %(more)s of %(notices)d more notices would have been read within a day (95%% "
                "confidence interval %(interval)s), if these candidates are like those already "
                "contacted this way."
            ) % {
                "more": f"{found['more_in_time']:.0f}",
                "notices": found["notices"],
                "interval": _span(found["ci95"], 0),
            }


def weights_of(row: Recommendation) -> list[dict[str, str]]:
    """Today's and proposed weights by dimension; empty for every other kind."""
    if row.kind != RecommendationKind.DIMENSION_WEIGHTS:
        return []
    return [
        {
            "label": _label(Dimension, code),
            "today": f"{weight:.3f}",
            "proposed": f"{row.content['proposed'][code]:.3f}",
        }
        for code, weight in row.content["today"].items()
    ]


def fairness_of(row: Recommendation) -> list[dict[str, Any]]:
    """Impact ratios before and after by group; empty where nobody's passing is affected."""
    after = {impact["group"]: impact for impact in row.fairness["after"]}
    return [
        {
            "group": group_name(impact["group"]),
            "n": impact["n"],
            "before": _ratio(impact),
            "after": _ratio(after.get(impact["group"], {})),
            "adverse": impact["adverse"] or after.get(impact["group"], {}).get("adverse", False),
        }
        for impact in row.fairness["before"]
        if impact["n"] >= SHOWN
    ]


def outcome_of(row: Recommendation) -> dict[str, Any] | None:
    """Before and after in words, or that there are too few yet; None before the next season."""
    found = row.outcome
    if found is None:
        return None
    return {
        "season": found["season"],
        "of": OUTCOMES[found["of"]],
        "before": _figure(found["of"], found["before"]),
        "after": _figure(found["of"], found["after"]) if found["after"] else "",
    }


def _weights_figures(found: Typed) -> Facts:
    return [
        (_("Hires with records"), str(found["n"])),
        (_("Gain of validity, cross-validated"), f"{found['gain']:.3f} ({_span(found['gain_ci95'], 3)})"),
        (_("Observed validity"), _value(found["naive_r"], found["ci95"]["naive_r"])),
        (
            _("Validity, corrected for range restriction"),
            _value(found["corrected_r"], found["ci95"]["corrected_r"]),
        ),
    ]


def _attention_figures(found: Typed) -> Facts:
    return [
        (_("Accepted their targets"), str(found["liked"])),
        (_("Of these, attained at most 70%"), f"{found['missed']} · {_share(found['share'], found['ci95'])}"),
        (_("Others who accepted theirs"), str(found["others_liked"])),
        (_("Of these, attained at most 70%"), str(found["others_missed"])),
        (_("Difference"), _share(found["difference"], found["difference_ci95"])),
    ]


def _share_figures(found: Typed) -> Facts:
    return [
        (_("Hires with records"), str(found["n"])),
        (_("Share of all hires"), f"{100 * found['share']:.1f} %"),
        (
            _("Performance points above others at the same score"),
            _value(found["difference"], found["ci95"], 2),
        ),
        (_("Difference in standard deviations"), f"{found['effect']:.2f}"),
    ]


def _order_figures(found: Typed) -> Facts:
    return [
        (_("Contacted first as at present"), str(found["present_n"])),
        (_("Not read within a day"), _share(found["present_share"], found["present_ci95"])),
        (_("Left without reading"), str(found["left_unread"])),
        (_("Contacted first as recommended"), str(found["n"])),
        (_("Not read within a day"), _share(found["share"], found["ci95"])),
        (_("Difference"), _share(found["difference"], found["difference_ci95"])),
    ]


FIGURES = {
    RecommendationKind.DIMENSION_WEIGHTS: _weights_figures,
    RecommendationKind.TARGET_UNDERSTANDING: _attention_figures,
    RecommendationKind.HIRING_SHARE: _share_figures,
    RecommendationKind.CHANNEL_ORDER: _order_figures,
}
OUTCOMES = {
    "corrected_r": gettext_lazy("Validity, corrected for range restriction"),
    "liked_and_missed": gettext_lazy("Accepted targets and missed them"),
    "difference_at_equal_score": gettext_lazy("Performance difference at the same score"),
    "not_read_in_time": gettext_lazy("Not read within a day"),
}
SHARES = ("liked_and_missed", "not_read_in_time")
DIGITS = {"difference_at_equal_score": 2}


def _figure(of: str, figure: dict[str, Any]) -> str:
    if not figure:
        return ""
    value, interval = figure["value"], figure["ci95"]
    words = _share(value, interval) if of in SHARES else _value(value, interval, DIGITS.get(of, 3))
    return f"{words}, n = {figure['n']}"


def _value(value: float | None, interval: list[float] | None, digits: int = 3) -> str:
    if value is None or interval is None:
        return "–"
    return f"{_number(value, digits)} ({_span(interval, digits)})"


def _share(value: float, interval: list[float]) -> str:
    return f"{_number(100 * value, 1)} % ({_span([100 * bound for bound in interval], 1)})"


def _span(interval: list[float], digits: int) -> str:
    low, high = interval
    return _("%(low)s to %(high)s") % {"low": _number(low, digits), "high": _number(high, digits)}


def _number(value: float, digits: int) -> str:
    """With a minus sign and not a hyphen, so that a negative bound is not read as a range."""
    return f"{value:.{digits}f}".replace("-", "−")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _ratio(impact: dict[str, Any]) -> str:
    ratio = impact.get("impact_ratio")
    return "–" if ratio is None else f"{ratio:.3f}"


def _label(words: type[TextChoices], code: str) -> str:
    return str(words(code).label) if code in words.values else code


def _position_name(position: Position) -> str:
    return position.name_en if (get_language() or "").startswith("en") else position.name_zh
