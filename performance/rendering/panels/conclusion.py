"""What may be said of the validity: the estimate inside positions and branches, and the checks behind it."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.analytics.arrays import is_known
from performance.analytics.assumptions.checking import Conclusion
from performance.analytics.operational import OTHERS, OperationalValidity
from performance.analytics.results import Report
from performance.rendering import checks, names
from performance.rendering.names import Names
from performance.rendering.parts import Column, Dot, Section, Table, equals, forest, interval, shown

# Mean of structured interviews over published studies: Sackett, Zhang, Berry & Lievens 2022, J. Appl. Psychol. 107.
PUBLISHED: Final = 0.42
TITLES: Final[dict[str, Promise]] = {
    "estimate": gettext_lazy("Validity of the interview for a position"),
    "range": gettext_lazy("Validity of the interview: a range, not one figure"),
    "withdrawn": gettext_lazy("Validity of the interview: no estimate"),
    "unknown": gettext_lazy("Validity of the interview for a position"),
}


def conclusion(result: Report, known: Names) -> list[Section]:
    """The estimate or what stands in its place, and every check of an assumption."""
    found, concluded = result.operational, result.conclusion
    if found is None or concluded is None:
        return []
    return [_estimate(result, found, concluded, known), _checks(concluded)]


def sentence(result: Report, found: OperationalValidity, concluded: Conclusion) -> str:
    """What may be said, in one sentence."""
    failed = names.listed([f"“{checks.assumption(code)}”" for code in concluded.because])
    match concluded.status:
        case "estimate":
            return _(
                "For a position, the interview's validity is estimated at %(r)s (95%%: %(interval)s). It is "
                "based on %(n)s hires, each compared only with others of the same position and branch. No "
                "check of its assumptions fails."
            ) % {
                "r": shown("r", found.r),
                "interval": interval(found.ci95),
                "n": shown("count", result.n_performance),
            }
        case "range":
            return _(
                "No single figure can be given. The data allow a validity of %(range)s. Failed checks: %(checks)s."
            ) % {"range": interval(concluded.range), "checks": failed}
        case "withdrawn":
            return _(
                "These data do not allow an estimate of validity. Failed checks: %(checks)s. The figures "
                "below describe the hires and nothing else."
            ) % {"checks": failed}
        case _:
            return _("Scores or marks do not differ enough within positions and branches.")


def _estimate(result: Report, found: OperationalValidity, concluded: Conclusion, known: Names) -> Section:
    title = str(TITLES[concluded.status])
    said = sentence(result, found, concluded)
    if concluded.status in ("withdrawn", "unknown"):
        return Section(code="conclusion", title=title, needed=said)
    rows = [row for row in found.positions if is_known(row.r)]
    several = len(rows) > 1
    together = found.ci95 if concluded.status == "estimate" else concluded.range
    value = found.r if concluded.status == "estimate" else float("nan")
    label = _("All positions") if several else _("Validity")
    return Section(
        code="conclusion",
        title=title,
        sentence=said,
        chart=forest(
            [
                *([Dot(label, value, together)] if is_known(value) else []),
                *([Dot(_position(row.position, known), row.r, row.ci95) for row in rows] if several else []),
            ],
            axis=_("Correlation of score and job performance"),
            names=(_("Estimate with 95% confidence interval"),),
            marks=[(0.0, ""), (PUBLISHED, _("published mean %(r)s") % {"r": shown("r", PUBLISHED)})],
        ),
        table=Table(
            _("Validity by position"),
            [
                Column(_("Position"), "text"),
                Column("n"),
                Column(_("Validity"), "r"),
                Column(_("95% confidence interval"), "interval"),
            ],
            [
                (label, result.n_performance, value, together),
                *((_position(row.position, known), row.n, row.r, row.ci95) for row in rows if several),
            ],
            note=_("Positions with fewer than 30 hires are taken together."),
        ),
        facts=_facts(found, several=several),
        hint=_(
            "Position, start month and branch are taken out before scores and marks are compared, so "
            "different cut-offs, rating standards and starting dates do not count. Range restriction and "
            "the unreliability of the marks are corrected. Positions are weighted by how much their hires "
            "tell; the interval includes differences between positions (random effects)."
        ),
    )


def _facts(found: OperationalValidity, *, several: bool) -> list[tuple[str, str]]:
    facts = [(_("Reliability of the mean mark within positions"), shown("r", found.reliability))]
    if several:
        facts += [
            (_("Expected validity of a single position (95%)"), interval(found.for_position)),
            (_("Positions differ (Cochran's test)"), f"p {equals('p', found.heterogeneity_p)}"),
        ]
    return facts


def _position(code: str, known: Names) -> str:
    return _("Other positions") if code == OTHERS else known.position(code)


def _checks(concluded: Conclusion) -> Section:
    failed = [check for check in concluded.checks if check.outcome == "fails"]
    untested = [check for check in concluded.checks if check.outcome == "untested"]
    told = (
        _("Failed: %(checks)s.")
        % {"checks": names.listed([f"“{checks.assumption(check.code)}”" for check in failed])}
        if failed
        else _("No check fails.")
    )
    open_ones = (
        _("Not testable here: %(checks)s.")
        % {"checks": names.listed([f"“{checks.assumption(check.code)}”" for check in untested])}
        if untested
        else ""
    )
    return Section(
        code="assumptions",
        title=_("Assumptions of the estimate and their checks"),
        sentence=" ".join(filter(None, [told, open_ones])),
        table=Table(
            _("Checks of the assumptions"),
            [
                Column(_("Assumption"), "text"),
                Column(_("Found"), "long"),
                Column("p", "p"),
                Column(_("Result"), "text"),
                Column(_("What follows"), "long"),
            ],
            [
                (
                    checks.assumption(check.code),
                    checks.figure(check),
                    check.p,
                    str(checks.OUTCOMES[check.outcome]),
                    checks.consequence(check),
                )
                for check in concluded.checks
            ],
            note=_(
                "“No contradiction found” is not a proof: with few hires only strong deviations are noticed. "
                "What lies below the cut-off cannot be checked at all, because no one there was hired."
            ),
        ),
    )
