"""A recommendation in the words of the reader's language: advice, evidence, fairness, what it would have changed."""

from functools import partial

from django.db.models import TextChoices
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from branches.models import Position
from notifications.enums import ChannelCode, Dimension
from performance.analytics.advice.order import ChannelOrder, OrderEvidence
from performance.analytics.advice.outcomes import MeasuredFigure
from performance.analytics.advice.shares import HiringShare, ShareEvidence
from performance.analytics.advice.understanding import AttentionEvidence, TargetUnderstanding
from performance.analytics.arrays import Interval, is_known
from performance.analytics.fairness import Impact
from performance.analytics.minimums import SHOWN
from performance.analytics.proposal import DimensionWeights, WeightsEvidence
from performance.enums import RecommendationKind
from performance.models import Recommendation
from performance.queries.recommendations import advised_by, measured_of
from performance.rendering.names import EXPERIENCES
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
            return _("experience: %s") % EXPERIENCES.get(value, value)
        case "position":
            found = Position.objects.filter(code=value).first()
            return _("position: %s") % (_position_name(found) if found else value)
        case "gender":
            return _("gender: %s") % _label(Gender, value)
        case _:
            return code


def advice_of(row: Recommendation) -> str:
    """What is advised, in a sentence."""
    match advised_by(row):
        case DimensionWeights():
            return _(
                "Weight the interview dimensions as below: half-way from the current weights to the optimal ones."
            )
        case TargetUnderstanding():
            return _(
                "Examine the understanding of targets more closely in interviews of this group: "
                "%(group)s. They accept their targets but miss them more often than others."
            ) % {"group": subject_of(row)}
        case HiringShare(content=content):
            words = {
                "raise": _(
                    "Plan for a larger share of this group: %(group)s. They perform better at the same score."
                ),
                "lower": _(
                    "Plan for a smaller share of this group: %(group)s. They perform less well at the same score."
                ),
            }
            return words[content.share] % {"group": subject_of(row)}
        case ChannelOrder(content=order):
            return _(
                "Contact by %(first)s before %(then)s: fewer notices stay unread, and candidates left without reading theirs."
            ) % {"first": ChannelCode(order.first).label, "then": ChannelCode(order.instead_of).label}


def evidence_of(row: Recommendation) -> Facts:
    """The figures, each with its interval."""
    match advised_by(row):
        case DimensionWeights(evidence=weights):
            return [*_weights_figures(weights), ("p", _p(weights.p))]
        case TargetUnderstanding(evidence=attention):
            return [*_attention_figures(attention), *_tests(attention)]
        case HiringShare(evidence=share):
            return [*_share_figures(share), *_tests(share)]
        case ChannelOrder(evidence=order):
            return [*_order_figures(order), *_tests(order)]


def changes_of(row: Recommendation) -> str:
    """What it would have changed last season, in a sentence."""
    match advised_by(row):
        case DimensionWeights(last_season=weights):
            return _(
                "Of %(passes)d passed candidates, %(new)d would have been others; as many would not have passed."
            ) % {"passes": weights.passes, "new": weights.newly_passing}
        case TargetUnderstanding(last_season=attention):
            return _(
                "%(missed)d of them missed their targets. At the rate of others, %(fewer)s fewer would "
                "have (95%% confidence interval %(interval)s)."
            ) % {
                "missed": attention.missed,
                "fewer": f"{attention.fewer_missed:.0f}",
                "interval": _span(attention.ci95, 0),
            }
        case HiringShare(last_season=share):
            return _(
                "%(moved)d of %(hires)d hires would have been other passed candidates; mean "
                "performance would have been %(change)s points higher (95%% confidence interval "
                "%(interval)s)."
            ) % {
                "moved": share.other_persons,
                "hires": share.hires,
                "change": f"{share.mean_change:.2f}",
                "interval": _span(share.ci95, 2),
            }
        case ChannelOrder(last_season=order):
            return _(
                "About %(more)s of %(notices)d more notices would have been read within a day (95%% "
                "confidence interval %(interval)s), if these candidates are like those already "
                "contacted this way."
            ) % {
                "more": f"{order.more_in_time:.0f}",
                "notices": order.notices,
                "interval": _span(order.ci95, 0),
            }


def weights_of(row: Recommendation) -> list[dict[str, str]]:
    """Today's and proposed weights by dimension; empty for every other kind."""
    advised = advised_by(row)
    if not isinstance(advised, DimensionWeights):
        return []
    content = advised.content
    return [
        {
            "label": _label(Dimension, code),
            "today": f"{weight:.3f}",
            "proposed": f"{content.proposed[code]:.3f}",
        }
        for code, weight in content.today.items()
    ]


def fairness_of(row: Recommendation) -> list[dict[str, object]]:
    """Impact ratios before and after by group; empty where nobody's passing is affected."""
    fairness = advised_by(row).fairness
    after = {impact.group: impact for impact in fairness.after}
    changed = [_impact(impact, after.get(impact.group)) for impact in fairness.before if impact.n >= SHOWN]
    unchanged = [
        _impact(impact, impact) | {"group": _("%s (passed)") % group_name(impact.group)}
        for impact in fairness.verdict
        if impact.n >= SHOWN
    ]
    return changed + unchanged


def _impact(before: Impact, after: Impact | None) -> dict[str, object]:
    return {
        "group": group_name(before.group),
        "n": before.n,
        "before": _ratio(before),
        "after": _ratio(after),
        "adverse": before.adverse or (after is not None and after.adverse),
    }


def outcome_of(row: Recommendation) -> dict[str, object] | None:
    """Before and after in words, or that there are too few yet; None before the next season."""
    found = measured_of(row)
    if found is None:
        return None
    return {
        "season": found.season,
        "of": OUTCOMES[found.of],
        "before": _figure(found.of, found.before),
        "after": _figure(found.of, found.after),
    }


def _tests(found: AttentionEvidence | ShareEvidence | OrderEvidence) -> Facts:
    return [("p", _p(found.p)), (_("q, adjusted for the number of comparisons"), _p(found.q))]


def _weights_figures(found: WeightsEvidence) -> Facts:
    return [
        (_("Hires with records"), str(found.n)),
        (_("Gain of validity, cross-validated"), f"{found.gain:.3f} ({_span(found.gain_ci95, 3)})"),
        (_("Observed validity"), _value(found.naive_r, found.ci95.naive_r)),
        (
            _("Validity, corrected for range restriction"),
            _value(found.corrected_r, found.ci95.corrected_r),
        ),
    ]


def _attention_figures(found: AttentionEvidence) -> Facts:
    return [
        (_("Accepted their targets"), str(found.liked)),
        (_("Of these, attained at most 70%"), f"{found.missed} · {_share(found.share, found.ci95)}"),
        (_("Others who accepted theirs"), str(found.others_liked)),
        (_("Of these, attained at most 70%"), str(found.others_missed)),
        (_("Difference"), _share(found.difference, found.difference_ci95)),
    ]


def _share_figures(found: ShareEvidence) -> Facts:
    return [
        (_("Hires with records"), str(found.n)),
        (_("Share of all hires"), f"{100 * found.share:.1f} %"),
        (
            _("Performance points above others at the same score"),
            _value(found.difference, found.ci95, 2),
        ),
        (_("Difference in standard deviations"), f"{found.effect:.2f}"),
    ]


def _order_figures(found: OrderEvidence) -> Facts:
    return [
        (_("Contacted first as at present"), str(found.present_n)),
        (_("Not read within a day"), _share(found.present_share, found.present_ci95)),
        (_("Left without reading"), str(found.left_unread)),
        (_("Contacted first as recommended"), str(found.n)),
        (_("Not read within a day"), _share(found.share, found.ci95)),
        (_("Difference"), _share(found.difference, found.difference_ci95)),
    ]


OUTCOMES = {
    "corrected_r": gettext_lazy("Validity, corrected for range restriction"),
    "liked_and_missed": gettext_lazy("Accepted targets and missed them"),
    "difference_at_equal_score": gettext_lazy("Performance difference at the same score"),
    "not_read_in_time": gettext_lazy("Not read within a day"),
}
SHARES = ("liked_and_missed", "not_read_in_time")
DIGITS = {"difference_at_equal_score": 2}


def _figure(of: str, figure: MeasuredFigure | None) -> str:
    if figure is None:
        return ""
    told = _share if of in SHARES else partial(_value, digits=DIGITS.get(of, 3))
    return f"{told(figure.value, figure.ci95)}, n = {figure.n}"


def _value(value: float, interval: Interval, digits: int = 3) -> str:
    return f"{_number(value, digits)} ({_span(interval, digits)})" if is_known(value) else "–"


def _share(value: float, interval: Interval) -> str:
    low, high = interval
    return f"{_number(100 * value, 1)} % ({_span((100 * low, 100 * high), 1)})"


def _span(interval: Interval, digits: int) -> str:
    low, high = interval
    return _("%(low)s to %(high)s") % {"low": _number(low, digits), "high": _number(high, digits)}


def _number(value: float, digits: int) -> str:
    """With a minus sign and not a hyphen, so that a negative bound is not read as a range."""
    return f"{value:.{digits}f}".replace("-", "−")


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _ratio(impact: Impact | None) -> str:
    return "–" if impact is None or not is_known(impact.impact_ratio) else f"{impact.impact_ratio:.3f}"


def _label(words: type[TextChoices], code: str) -> str:
    return str(words(code).label) if code in words.values else code


def _position_name(position: Position) -> str:
    return position.name_en if (get_language() or "").startswith("en") else position.name_zh
