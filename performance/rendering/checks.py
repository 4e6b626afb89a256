"""The checks of a validity estimate's assumptions in words: what is assumed, what was found, what to do."""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.analytics.assumptions.check import Check
from performance.rendering.parts import NOTHING, shown


class Words(NamedTuple):
    """What is assumed, the figure that was looked at and how it is written, and what to do if it fails."""

    assumption: Promise
    figure: Promise
    kind: str
    to_do: Promise


WORDS: Final[dict[str, Words]] = {
    "verdict_order": Words(
        gettext_lazy("Verdicts follow the order of scores"),
        gettext_lazy("verdicts on the wrong side of the cut-off"),
        "percent",
        gettext_lazy("Have every verdict that overrides the score recorded with its reason."),
    ),
    "hired_without_pass": Words(
        gettext_lazy("Only passed candidates are hired"),
        gettext_lazy("hires without a pass"),
        "percent",
        gettext_lazy("Find out why candidates who failed were hired."),
    ),
    "best_decline": Words(
        gettext_lazy("Better candidates accept as often as others"),
        gettext_lazy("score of hires above those who passed and were not hired, in standard deviations"),
        "r",
        gettext_lazy("Ask the best candidates why they declined; speed up their notices."),
    ),
    "start_order": Words(
        gettext_lazy("The start date does not depend on the score"),
        gettext_lazy("correlation of start month and score"),
        "r",
        gettext_lazy("People are compared only with those who started in the same month."),
    ),
    "attrition": Words(
        gettext_lazy("Hires without records are not those who perform poorly"),
        gettext_lazy("hires without records, or who left early with lower marks"),
        "percent",
        gettext_lazy("Record the performance of those who leave, up to their last month."),
    ),
    "curvature": Words(
        gettext_lazy("The relation is a straight line"),
        gettext_lazy("change of the slope per standard deviation of the score"),
        "percent",
        gettext_lazy(
            "The estimate depends on how the line continues below the cut-off. A randomised band would show it."
        ),
    ),
    "equal_scatter": Words(
        gettext_lazy("Performance scatters equally at all scores"),
        gettext_lazy("rank correlation of score and distance from the line"),
        "r",
        gettext_lazy("Check whether marks are capped, or whether some positions are marked more finely."),
    ),
    "ceiling": Words(
        gettext_lazy("Marks leave room at the top and the bottom"),
        gettext_lazy("months with the highest, or the lowest, mark of all"),
        "percent",
        gettext_lazy("Ask managers to use the whole scale."),
    ),
    "months_independent": Words(
        gettext_lazy("Each month is marked independently"),
        gettext_lazy("how much closer next months are than distant ones"),
        "percent",
        gettext_lazy("Ask managers not to carry last month's mark over."),
    ),
    "months_copied": Words(
        gettext_lazy("Months are not copied"),
        gettext_lazy("next months with equal marks, above distant ones"),
        "percent",
        gettext_lazy("Use quarterly figures as such, or have each month marked."),
    ),
    "marks_hardly_change": Words(
        gettext_lazy("Marks show the work of the month, not an opinion of the person"),
        gettext_lazy("reliability of a single month"),
        "r",
        gettext_lazy("Use figures that no person judges, such as target attainment, beside the marks."),
    ),
    "known_score": Words(
        gettext_lazy("Managers do not know the interview score"),
        gettext_lazy("part of the relation that target attainment does not confirm"),
        "percent",
        gettext_lazy("Do not show interview scores to those who mark performance."),
    ),
    "steady_validity": Words(
        gettext_lazy("The score predicts the last months as well as the first"),
        gettext_lazy("change of the slope over all months"),
        "percent",
        gettext_lazy("Look at the months separately; the first months may show knowledge of the score."),
    ),
    "positions_alike": Words(
        gettext_lazy("Validity is similar in all positions"),
        gettext_lazy("standard deviation between positions"),
        "r",
        gettext_lazy("Assess each position by its own analysis."),
    ),
    "branches_alike": Words(
        gettext_lazy("Branches mark by the same standard"),
        gettext_lazy("correlation within branches minus the overall one"),
        "r",
        gettext_lazy("Find out whether branches apply different rating standards."),
    ),
    "precision": Words(
        gettext_lazy("There are enough hires for one figure"),
        gettext_lazy("width of the interval, as slope over scatter"),
        "r",
        gettext_lazy("Wait for more hires, or select all positions."),
    ),
}
OUTCOMES: Final[dict[str, Promise]] = {
    "holds": gettext_lazy("no contradiction found"),
    "fails": gettext_lazy("fails"),
    "untested": gettext_lazy("cannot be tested with these data"),
}
CONSEQUENCES: Final[dict[str, Promise]] = {
    "adjusted": gettext_lazy("taken out of the comparison"),
    "range": gettext_lazy("a range instead of one figure"),
    "withdrawn": gettext_lazy("no estimate"),
}


def assumption(code: str) -> str:
    """What is assumed."""
    return str(WORDS[code].assumption)


def figure(check: Check) -> str:
    """What was found, with its figure."""
    words = WORDS[check.code]
    value = shown(words.kind, check.value)
    if value == NOTHING:
        return NOTHING
    return _("%(value)s (%(figure)s)") % {"value": value, "figure": words.figure}


def consequence(check: Check) -> str:
    """What follows, and what to do; empty where nothing does."""
    if check.outcome != "fails":
        return ""
    return _("%(consequence)s. %(to_do)s") % {
        "consequence": str(CONSEQUENCES[check.consequence]).capitalize(),
        "to_do": WORDS[check.code].to_do,
    }
