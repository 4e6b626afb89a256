"""What could be changed, and whether it may: anomalies, weights, fairness."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.analytics.fairness import FOUR_FIFTHS
from performance.analytics.minimums import Minimum
from performance.analytics.privacy import hide_small
from performance.rendering import names
from performance.rendering.names import Names
from performance.rendering.parts import HIDDEN, Column, Section, Table, bars, figures, forest, interval, shown
from performance.rendering.remarks import needed, remarks

STATUS: Final[dict[str, Promise]] = {
    "dimensions_dependent": gettext_lazy("Nothing is proposed: some dimensions say exactly what others say."),
    "no_scatter": gettext_lazy(
        "Nothing is proposed: scores or performance hardly differ, so nothing can be compared."
    ),
    "present_weights_unclear": gettext_lazy(
        "Nothing is proposed: the score is no weighted mean of its dimensions."
    ),
    "frozen": gettext_lazy(
        "Frozen: a group is treated adversely, today or with the new weights. Nothing is proposed."
    ),
    "keep": gettext_lazy("Keep today's weights: this season does not refute them."),
    "suggestion": gettext_lazy(
        "A suggestion: other weights would foretell the work better. Below 500 hires it is not yet a recommendation."
    ),
    "recommendation": gettext_lazy(
        "A recommendation: other weights would foretell the work better. Head office decides and signs."
    ),
}


def anomalies(result: dict[str, Any], _names: Names) -> list[Section]:
    """High scores and poor work: how many there are beside how many chance makes."""
    title = _("High score, poor work")
    if missing := needed(result["warnings"], "anomalies"):
        return [Section(code="anomalies", title=title, needed=missing)]
    found = result["anomalies"]
    ends = (found["low"], found["high"])
    above = found["observed"] > found["high"]
    values = {
        "observed": shown("count", found["observed"]),
        "considered": shown("count", found["considered"]),
        "expected": shown("r", found["expected"]),
        "low": found["low"],
        "high": found["high"],
    }
    counted = _(
        "Of %(considered)s hired people with a score of 90 or more, %(observed)s perform at 70 or less. Chance alone "
        "makes %(expected)s (95%%: %(low)s to %(high)s)."
    )
    verdict = _("That is more than chance explains.") if above else _("That is within what chance explains.")
    return [
        Section(
            code="anomalies",
            title=title,
            sentence=_("%(first)s %(second)s") % {"first": counted % values, "second": verdict},
            chart=forest(
                [
                    {
                        "label": _("Number of people"),
                        "value": found["expected"],
                        "low": found["low"],
                        "high": found["high"],
                        "other": found["observed"],
                    }
                ],
                axis="",
                names=(_("Expected by chance, 95% interval"), _("Observed")),
            ),
            table=Table(
                _("Observed and expected number"),
                [
                    Column(_("Score 90 or more")),
                    Column(_("Observed")),
                    Column(_("Expected"), "r"),
                    Column(_("95% interval"), "interval_count"),
                ],
                [(found["considered"], found["observed"], found["expected"], ends)],
            ),
            hint=_(
                "No interview foretells everything: even at a validity of .45 some of the best interviews belong to "
                "people who work poorly. Only a number above the interval asks for an explanation."
            ),
        )
    ]


def weights(result: dict[str, Any], _names: Names) -> list[Section]:
    """Today's weights beside the best ones of the season and what is proposed."""
    title = _("Weights of the dimensions")
    found = result.get("weights") or {}
    if missing := needed(result["warnings"], "weights"):
        return [Section(code="weights", title=title, needed=missing)]
    if "proposed" not in found:
        reason = STATUS.get(str(found.get("status"))) or _("Too few people have all dimensions.")
        return [Section(code="weights", title=title, needed=str(reason))]
    return [_weights(title, found), _fairness_change(found, result["n_applicants"]), _last_season(found)]


def _weights(title: str, found: dict[str, Any]) -> Section:
    order = sorted(found["today"], key=lambda code: -found["proposed"][code])
    columns = {
        _("Today"): found["today"],
        _("Best of this season alone"): found["best"],
        _("Half-way: proposed"): found["proposed"],
    }
    return Section(
        code="weights",
        title=title,
        sentence=str(STATUS[found["status"]]),
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
            (_("Hired with records"), shown("count", found["n"])),
            (_("Do today's weights do as well? (F test)"), f"p = {shown('p', found['p'])}"),
            (
                _("Gain for people who took no part"),
                f"{shown('weight', found['gain'])} ({interval(found['gain_ci95'], 'weight')})",
            ),
            (_("Score explained by today's weights"), shown("percent", found["fit"])),
        ],
        hint=_(
            "The best weights of one season are mostly luck, so the proposal goes half-way. It is made only if the F "
            "test refutes today's weights (p below .025), cross-validation finds a gain, and no group is treated "
            "adversely. Below %(few)s hires it is not computed, below %(many)s it is only a suggestion."
        )
        % {"few": int(Minimum.WEIGHTS_SUGGESTED), "many": int(Minimum.WEIGHTS_RECOMMENDED)},
    )


def _fairness_change(found: dict[str, Any], applicants: int) -> Section:
    after = {row["group"]: row for row in found["fairness_after"]}
    before = hide_small(found["fairness_before"], named_by="group", total=applicants)
    return Section(
        code="weights-fairness",
        title=_("Fairness before and after"),
        sentence=_("Impact ratios with today's weights and with the proposed ones, for as many passes."),
        table=Table(
            _("Impact ratios before and after"),
            [
                Column(_("Group"), "text"),
                Column(_("Applicants")),
                Column(_("Today"), "ratio"),
                Column(_("With the proposed weights"), "ratio"),
            ],
            [
                (
                    names.group(row["group"]),
                    *figures(row, "n", "impact_ratio"),
                    HIDDEN if row["suppressed"] else after.get(row["group"], {}).get("impact_ratio"),
                )
                for row in before
            ],
        ),
    )


def _last_season(found: dict[str, Any]) -> Section:
    changes = found["last_season"]
    return Section(
        code="weights-change",
        title=_("What it would have changed this season"),
        sentence=_(
            "With as many passes (%(passes)s), %(in)s others would have passed and %(out)s would not have."
        )
        % {
            "passes": shown("count", changes["passes"]),
            "in": shown("count", changes["newly_passing"]),
            "out": shown("count", changes["no_longer_passing"]),
        },
        table=Table(
            _("Passes with the proposed weights"),
            [Column(_("Passes")), Column(_("Newly passing")), Column(_("No longer passing"))],
            [(changes["passes"], changes["newly_passing"], changes["no_longer_passing"])],
        ),
    )


def fairness(result: dict[str, Any], _names: Names) -> list[Section]:
    """Pass rates of groups against the group that passes most often."""
    title = _("Do groups pass alike?")
    rows = result["fairness"]
    judged = [row for row in rows if row.get("impact_ratio") is not None]
    if not judged:
        missing = _("Two groups with %(n)s applicants each are needed.") % {"n": int(Minimum.FAIRNESS)}
        return [Section(code="fairness", title=title, needed=missing)]
    adverse = remarks(result["warnings"], "adverse_impact")
    fine = _("No group's impact ratio is below four fifths by more than chance; nothing is frozen.")
    frozen = names.listed([names.group(row["group"]) for row in judged if row["adverse"]])
    return [
        Section(
            code="fairness",
            title=title,
            sentence=_("Frozen: %(groups)s. No weights are changed until this is explained.")
            % {"groups": frozen}
            if adverse
            else fine,
            chart=forest(
                [{"label": names.group(row["group"]), "value": row["impact_ratio"]} for row in judged],
                axis=_("Impact ratio"),
                names=(_("Impact ratio"),),
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
                    Column("p", "p"),
                    Column(_("Remark"), "text"),
                ],
                [
                    (
                        names.group(row["group"]),
                        *figures(row, "n", "pass_rate", "impact_ratio", "p"),
                        _("adverse: frozen") if row["adverse"] else "",
                    )
                    for row in rows
                ],
            ),
            hint=_(
                "The impact ratio is a group's pass rate over that of the group that passes most often. Below .8 (four "
                "fifths) and not by chance (Fisher's exact test, p below .05) every change of weights is frozen. Gender "
                "is read for this audit only, and by no rule."
            ),
        )
    ]
