"""What validity is worth, in shares of people: by score band, and at another cut-off."""

from django.utils.translation import gettext as _

from performance.analytics.arrays import is_known
from performance.analytics.expectancy import Band, OtherCutOff
from performance.analytics.results import Report
from performance.rendering.parts import Column, Dot, Section, Table, forest, interval, shown


def expectancy(result: Report) -> list[Section]:
    """The expectancy chart, and what another cut-off would have meant."""
    found = result.expectancy
    if found is None:
        return []
    sections = [_bands(found.bands)] if len(found.bands) > 1 else []
    told = [row for row in found.cut_offs if is_known(row.ci95[0])]
    return [*sections, _cut_offs(told)] if told else sections


def _bands(rows: list[Band]) -> Section:
    first, last = rows[0], rows[-1]
    return Section(
        code="expectancy",
        title=_("How many perform well, by score"),
        sentence=_(
            "Of hires with a score from %(low)s, %(high_share)s perform above the average of their position "
            "and branch (95%%: %(high_ends)s); of those up to %(high)s, %(low_share)s (%(low_ends)s)."
        )
        % {
            "low": shown("points", last.low),
            "high": shown("points", first.high),
            "high_share": shown("percent", last.share),
            "high_ends": interval(last.ci95, "percent"),
            "low_share": shown("percent", first.share),
            "low_ends": interval(first.ci95, "percent"),
        },
        chart=forest(
            [Dot(_range(row), row.share, row.ci95) for row in rows],
            axis=_("Share performing above average"),
            names=(_("Share with 95% confidence interval"),),
            marks=[(0.5, "")],
            kind="percent",
        ),
        table=Table(
            _("Good performers by score"),
            [
                Column(_("Score"), "text"),
                Column("n"),
                Column(_("Above average"), "percent"),
                Column(_("95% confidence interval"), "interval_percent"),
            ],
            [(_range(row), row.n, row.share, row.ci95) for row in rows],
        ),
        hint=_(
            "Only hires are counted, so the bands differ less than all applicants would. A person performs "
            "well whose marks are above the average of the same position, branch and start month."
        ),
    )


def _range(row: Band) -> str:
    return shown("interval_points", (row.low, row.high))


def _cut_offs(rows: list[OtherCutOff]) -> Section:
    today = next((row for row in rows if not row.shift), rows[0])
    return Section(
        code="cut-offs",
        title=_("What another cut-off would have meant"),
        sentence=_(
            "If half of all applicants would perform well, %(share)s of the %(passes)s who reach today's "
            "cut-off do (95%%: %(ends)s)."
        )
        % {
            "share": shown("percent", today.share),
            "passes": shown("count", today.passes),
            "ends": interval(today.ci95, "percent"),
        }
        if is_known(today.share)
        else _(
            "If half of all applicants would perform well, %(ends)s of the %(passes)s who reach today's "
            "cut-off do."
        )
        % {"passes": shown("count", today.passes), "ends": interval(today.ci95, "percent")},
        table=Table(
            _("Passed candidates and good performers by cut-off"),
            [
                Column(_("Cut-off compared with today"), "text"),
                Column(_("Would pass")),
                Column(_("Would perform well"), "percent"),
                Column(_("95% confidence interval"), "interval_percent"),
            ],
            [(_shift(row.shift), row.passes, row.share, row.ci95) for row in rows],
        ),
        hint=_(
            "Computed from the validity above and the share who pass (Taylor & Russell 1939). Every cut-off of "
            "a position is moved by the same points. A higher cut-off also leaves fewer candidates."
        ),
    )


def _shift(points: int) -> str:
    if not points:
        return _("as today")
    return shown("points", float(points)) if points < 0 else f"+{shown('points', float(points))}"
