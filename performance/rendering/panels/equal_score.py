"""Groups at the same score, position and branch: what the advice on hiring shares looks at."""

from typing import Any

from django.utils.translation import gettext as _

from performance.analytics.advice.shares import Step
from performance.analytics.arrays import is_known
from performance.analytics.privacy import Hidden
from performance.analytics.results import Report
from performance.rendering import names
from performance.rendering.parts import HIDDEN, Column, Dot, Section, Table, forest, interval, shown


def equal_score(result: Report) -> list[Section]:
    """Each group against the others, with what would have been found."""
    compared = [row for row in result.equal_score if isinstance(row, Step) and is_known(row.difference)]
    if not compared:
        return []
    return [
        Section(
            code="equal-score",
            title=_("Performance of groups at the same score, position and branch"),
            sentence=_sentence(compared),
            chart=forest(
                [Dot(names.group(row.name), row.difference, row.ci95) for row in compared],
                axis=_("Performance points above others"),
                names=(_("Difference with 95% confidence interval"),),
                marks=[(0.0, "")],
                kind="points",
            ),
            table=Table(
                _("Differences at the same score"),
                [
                    Column(_("Group"), "text"),
                    Column("n"),
                    Column(_("Difference"), "points"),
                    Column(_("95% confidence interval"), "interval_points"),
                    Column("q", "p"),
                    Column(_("Would have been found from"), "points"),
                ],
                [_row(row) for row in result.equal_score],
            ),
            hint=_(
                "People are compared only with others of the same position, branch and start month, so a "
                "group that works where marks are lenient has no advantage. q is adjusted for everything that "
                "the analysis tests. A difference is not a cause and no reason to prefer a person."
            ),
        )
    ]


def _sentence(rows: list[Step]) -> str:
    different = [row for row in rows if row.fires]
    if not different:
        least = max(row.detectable for row in rows)
        return _(
            "No group performs significantly better or worse. Differences under %(points)s points could have "
            "gone unnoticed."
        ) % {"points": shown("points", least)}
    largest = max(different, key=lambda row: abs(row.difference))
    return _("%(group)s: %(points)s points compared with others (95%%: %(interval)s).") % {
        "group": names.group(largest.name),
        "points": shown("points", largest.difference),
        "interval": interval(largest.ci95, "points"),
    }


def _row(row: Step | Hidden) -> tuple[Any, ...]:
    if isinstance(row, Hidden):
        return (names.group(row.name), *[HIDDEN] * 5)
    return (names.group(row.name), row.n, row.difference, row.ci95, row.q, row.detectable)
