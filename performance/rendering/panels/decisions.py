"""What could be changed, and whether it may: anomalies, weights, fairness."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.analytics.arrays import Interval, is_known
from performance.analytics.fairness import FOUR_FIFTHS, Impact
from performance.analytics.minimums import Minimum
from performance.analytics.privacy import Hidden, hide_small
from performance.analytics.proposal import ComparedProposal
from performance.analytics.results import Report
from performance.rendering import names
from performance.rendering.names import Names
from performance.rendering.parts import (
    HIDDEN,
    Column,
    Dot,
    Section,
    Table,
    bars,
    equals,
    forest,
    interval,
    shown,
)
from performance.rendering.remarks import needed, remarks

STATUS: Final[dict[str, Promise]] = {
    "dimensions_dependent": gettext_lazy("Nothing is proposed: some dimensions duplicate others exactly."),
    "no_scatter": gettext_lazy(
        "Nothing is proposed: scores or performance hardly differ, so nothing can be compared."
    ),
    "present_weights_unclear": gettext_lazy(
        "Nothing is proposed: the score is not a weighted mean of its dimensions."
    ),
    "frozen": gettext_lazy(
        "Frozen: adverse impact on a group with the current or the new weights. Nothing is proposed."
    ),
    "confounded": gettext_lazy(
        "Frozen: the total contradicts its branches or positions (Simpson's paradox). Nothing is proposed."
    ),
    "keep": gettext_lazy(
        "Keep the current weights: this season's data do not refute them. That does not prove them best; see "
        "the interval of the gain."
    ),
    "suggestion": gettext_lazy(
        "Suggestion: other weights would predict job performance better. Below 500 hires it is not yet a recommendation."
    ),
    "recommendation": gettext_lazy(
        "Recommendation: other weights would predict job performance better. Head office decides and signs."
    ),
}


def anomalies(result: Report, _names: Names) -> list[Section]:
    """High scores and poor work: how many there are beside how many chance makes."""
    title = _("High score, low performance")
    if missing := needed(result.warnings, "anomalies"):
        return [Section(code="anomalies", title=title, needed=missing)]
    found = result.anomalies
    if found is None:
        return []
    ends: Interval = (found.low, found.high)
    above = found.observed > found.high
    values = {
        "observed": shown("count", found.observed),
        "considered": shown("count", found.considered),
        "expected": shown("r", found.expected),
        "low": found.low,
        "high": found.high,
    }
    counted = _(
        "Of %(considered)s hires with a score of 90 or more, %(observed)s perform at 70 or less. "
        "Expected by chance: %(expected)s (95%%: %(low)s to %(high)s)."
    )
    verdict = _("That is more than chance explains.") if above else _("That is within what chance explains.")
    return [
        Section(
            code="anomalies",
            title=title,
            sentence=_("%(first)s %(second)s") % {"first": counted % values, "second": verdict},
            chart=forest(
                [Dot(_("Number of people"), found.expected, ends, found.observed)],
                axis="",
                names=(_("Expected by chance, 95% prediction interval"), _("Observed")),
            ),
            table=Table(
                _("Observed and expected number"),
                [
                    Column(_("Score 90 or more")),
                    Column(_("Observed")),
                    Column(_("Expected"), "r"),
                    Column(_("95% prediction interval"), "interval_count"),
                ],
                [(found.considered, found.observed, found.expected, ends)],
            ),
            hint=_(
                "No interview predicts perfectly: even at a validity of 0.45 some candidates with high "
                "scores perform poorly. Only a number above the interval needs an explanation."
            ),
        )
    ]


def weights(result: Report, _names: Names) -> list[Section]:
    """Today's weights beside the best ones of the season and what is proposed."""
    title = _("Weights of the dimensions")
    found = result.weights
    if missing := needed(result.warnings, "weights"):
        return [Section(code="weights", title=title, needed=missing)]
    if not isinstance(found, ComparedProposal):
        reason = (found and STATUS.get(found.status)) or _("Too few people with all dimensions.")
        return [Section(code="weights", title=title, needed=str(reason))]
    return [_weights(title, found), _fairness_change(found, result.n_applicants or 0), _last_season(found)]


def _weights(title: str, found: ComparedProposal) -> Section:
    order = sorted(found.today, key=lambda code: -found.proposed[code])
    columns = {
        _("Current"): found.today,
        _("Optimum of this season"): found.best,
        _("Proposed (half-way)"): found.proposed,
    }
    return Section(
        code="weights",
        title=title,
        sentence=str(STATUS[found.status]),
        chart=bars(
            [names.dimension(code) for code in order],
            [(label, [values[code] for code in order]) for label, values in columns.items()],
            axis=_("Weight"),
            kind="percent",
        ),
        table=Table(
            _("Weights of the dimensions"),
            [Column(_("Dimension"), "text"), *(Column(label, "percent") for label in columns)],
            [(names.dimension(code), *(values[code] for values in columns.values())) for code in order],
            note=_("Each column adds up to 100%."),
        ),
        facts=[
            (_("Hires with records"), shown("count", found.n)),
            (_("Are the current weights as good? (F test)"), f"p {equals('p', found.p)}"),
            (
                _("Cross-validated gain"),
                f"{shown('weight', found.gain)} ({interval(found.gain_ci95, 'weight')})",
            ),
            (_("Score explained by the current weights"), shown("percent", found.fit)),
        ],
        hint=_(
            "The optimal weights of one season are mostly chance, so the proposal goes half-way. It is "
            "made only if the F test refutes the current weights (p below 0.025), cross-validation "
            "finds a gain, and there is no adverse impact on any group. Below %(few)s hires it is not "
            "computed; below %(many)s it is only a suggestion."
        )
        % {"few": int(Minimum.WEIGHTS_SUGGESTED), "many": int(Minimum.WEIGHTS_RECOMMENDED)},
    )


def _fairness_change(found: ComparedProposal, applicants: int) -> Section:
    after = {row.group: row.impact_ratio for row in found.fairness_after}
    before = hide_small(found.fairness_before, name_of=lambda row: row.group, total=applicants)
    return Section(
        code="weights-fairness",
        title=_("Fairness before and after"),
        sentence=_(
            "Impact ratios with the current and the proposed weights, at the same number of passed candidates."
        ),
        table=Table(
            _("Impact ratios before and after"),
            [
                Column(_("Group"), "text"),
                Column(_("Applicants")),
                Column(_("Current"), "ratio"),
                Column(_("With the proposed weights"), "ratio"),
            ],
            [
                (names.group(row.name), HIDDEN, HIDDEN, HIDDEN)
                if isinstance(row, Hidden)
                else (names.group(row.group), row.n, row.impact_ratio, after.get(row.group))
                for row in before
            ],
        ),
    )


def _last_season(found: ComparedProposal) -> Section:
    changes = found.last_season
    return Section(
        code="weights-change",
        title=_("Effect on this season"),
        sentence=_(
            "With as many passed candidates in each position (%(passes)s in total), the proposed weights would "
            "have passed %(in)s others than today's weights, and %(out)s would not have passed."
        )
        % {
            "passes": shown("count", changes.passes),
            "in": shown("count", changes.newly_passing),
            "out": shown("count", changes.no_longer_passing),
        },
        table=Table(
            _("Passed candidates with the proposed weights"),
            [Column(_("Passed candidates")), Column(_("Newly passing")), Column(_("No longer passing"))],
            [(changes.passes, changes.newly_passing, changes.no_longer_passing)],
        ),
    )


def fairness(result: Report, _names: Names) -> list[Section]:
    """Pass rates of groups against the group that passes most often."""
    title = _("Do groups pass at the same rate?")
    rows = result.fairness
    judged = [row for row in rows if isinstance(row, Impact) and is_known(row.impact_ratio)]
    if not judged:
        missing = _("Two groups with %(n)s applicants each are needed.") % {"n": int(Minimum.FAIRNESS)}
        return [Section(code="fairness", title=title, needed=missing)]
    adverse = remarks(result.warnings, "adverse_impact")
    least = min((row.detectable for row in judged if is_known(row.detectable)), default=FOUR_FIFTHS)
    fine = _(
        "No group's impact ratio is significantly below four fifths. Nothing is frozen. Ratios above %(ratio)s "
        "could have gone unnoticed."
    ) % {"ratio": shown("ratio", least)}
    frozen = names.listed([names.group(row.group) for row in judged if row.adverse])
    return [
        Section(
            code="fairness",
            title=title,
            sentence=_("Frozen: %(groups)s. No weights are changed until this is explained.")
            % {"groups": frozen}
            if adverse
            else fine,
            chart=forest(
                [Dot(names.group(row.group), row.impact_ratio, row.ci95) for row in judged],
                axis=_("Impact ratio"),
                names=(_("Impact ratio with 95% confidence interval"),),
                marks=[(FOUR_FIFTHS, _("four fifths")), (1.0, "")],
                kind="ratio",
            ),
            table=Table(
                _("Impact ratios"),
                [
                    Column(_("Group"), "text"),
                    Column(_("Applicants")),
                    Column(_("Pass rate"), "percent"),
                    Column(_("Impact ratio"), "ratio"),
                    Column(_("95% confidence interval"), "interval_ratio"),
                    Column("p", "p"),
                    Column(_("Remark"), "text"),
                ],
                [
                    (names.group(row.name), *[HIDDEN] * 5, "")
                    if isinstance(row, Hidden)
                    else (
                        names.group(row.group),
                        *(row.n, row.pass_rate, row.impact_ratio, row.ci95, row.p),
                        _("adverse: frozen") if row.adverse else "",
                    )
                    for row in rows
                ],
            ),
            hint=_(
                "The impact ratio is a group's pass rate divided by the highest pass rate of any "
                "group. If it is below 0.8 (four fifths) and significant (Fisher's exact test, p below "
                "0.05), all changes of weights are frozen. Gender is used for this audit only and by "
                "no rule."
            ),
        )
    ]
