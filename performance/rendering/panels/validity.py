"""How well the interview predicts the work: the validity estimates, the scatter plot, this cohort against the last."""

from itertools import groupby
from typing import Any, Final

from django.utils.translation import gettext as _

from performance.analytics.arrays import UNKNOWN, Interval, is_known
from performance.analytics.drift import Shift
from performance.analytics.minimums import SHOWN
from performance.analytics.outcomes import OutcomeRow
from performance.analytics.results import Report
from performance.analytics.scatter import Scatter
from performance.rendering import names
from performance.rendering.names import Names
from performance.rendering.panels.conclusion import PUBLISHED, conclusion
from performance.rendering.panels.expectancy import expectancy
from performance.rendering.parts import HIDDEN, Column, Dot, Section, Table, drawn, forest, interval, shown
from performance.rendering.remarks import needed

# Width of a row of the table beside the scatter plot, in points of score.
BAND: Final = 2.0


def validity(result: Report, known: Names) -> list[Section]:
    """What may be said, the pooled estimates with their scatter plot, and how the cohort works."""
    if missing := needed(result.warnings, "validity"):
        return [
            Section(code="validity_estimates", title=_("Validity of the interview"), needed=missing),
            *_work(result),
        ]
    return [
        *conclusion(result, known),
        *expectancy(result),
        _validity_estimates(result),
        *_scatter_plot(result),
        *_work(result),
    ]


def _validity_estimates(result: Report) -> Section:
    n, ends = result.n_performance, result.ci95
    estimates = [
        Dot(_("Observed among hires"), result.naive_r, ends.naive_r),
        Dot(_("Corrected for range restriction"), result.corrected_r, ends.corrected_r),
        Dot(
            _("Corrected for criterion unreliability, then for range restriction"),
            result.corrected_full_r,
            ends.corrected_full_r,
        ),
    ]
    observed, *corrected = [(estimate.label, estimate.value, estimate.interval) for estimate in estimates]
    rank = (_("Rank correlation (Spearman), observed"), result.spearman, UNKNOWN)
    meanings = (
        _("As if all interviewed candidates had been hired."),
        _("Comparable with the estimate above only if all positions and branches are marked alike."),
    )
    return Section(
        code="validity_estimates",
        title=_("All candidates pooled, whatever the position and branch"),
        sentence=_validity_sentence(result),
        chart=forest(
            estimates,
            axis=_("Correlation of score and job performance"),
            names=(_("Estimate with 95% confidence interval"),),
            marks=[(0.0, ""), (PUBLISHED, _("published mean %(r)s") % {"r": shown("r", PUBLISHED)})],
        ),
        table=Table(
            _("Validity estimates"),
            [
                Column(_("Estimate"), "text"),
                Column("r", "r"),
                Column(_("95% confidence interval"), "interval"),
                Column("n"),
                Column(_("Meaning"), "text"),
            ],
            [
                (*observed, n, _("Too low: it includes no one below the cut-off.")),
                (*rank, n, _("Less sensitive to outliers.")),
                *((*row, None, meaning) for row, meaning in zip(corrected, meanings, strict=True)),
            ],
            note=_(
                "Corrected values are based on the n of the first row and the score spread of all %(n)s applicants."
            )
            % {"n": shown("count", result.n_applicants)},
        ),
        facts=[
            (_("Score spread of hires relative to all (u)"), _figure(result.u, ends.u)),
            (
                _("Reliability of the mean score"),
                _figure(result.criterion_reliability, ends.criterion_reliability),
            ),
            (
                _("Fisher z confidence interval of the first estimate"),
                interval(result.fisher95.naive_r if result.fisher95 else UNKNOWN),
            ),
            (_("Overall / within branches"), _both(result)),
        ],
        hint=_(
            "0 means the interview does not predict job performance at all, 1 that it predicts it "
            "perfectly. Structured interviews average 0.42 in published studies (Sackett et al. 2022)."
        ),
    )


def _validity_sentence(result: Report) -> str:
    naive = _(
        "Among the %(n)s hires with records, score and job performance correlate at %(r)s (95%%: %(interval)s)."
    ) % {
        "n": shown("count", result.n_performance),
        "r": shown("r", result.naive_r),
        "interval": interval(result.ci95.naive_r),
    }
    selection = _("Corrected for range restriction: %(r)s (%(interval)s)") % {
        "r": shown("r", result.corrected_r),
        "interval": interval(result.ci95.corrected_r),
    }
    if not is_known(result.corrected_full_r):
        return _("%(first)s %(second)s.") % {"first": naive, "second": selection}
    full = _("also corrected for criterion unreliability: %(r)s (%(interval)s).") % {
        "r": shown("r", result.corrected_full_r),
        "interval": interval(result.ci95.corrected_full_r),
    }
    return _("%(first)s %(second)s; %(third)s") % {"first": naive, "second": selection, "third": full}


def _scatter_plot(result: Report) -> list[Section]:
    scatter = result.scatter
    if not scatter:
        return []
    rejected, cut = sum(n for _score, n in scatter.rug), result.cut_off
    values = {
        "points": shown("count", len(scatter.points)),
        "others": shown("count", rejected),
        "cut": shown("points", cut),
    }
    return [
        Section(
            code="scatter",
            title=_("Score and job performance"),
            sentence=_(
                "Each point is one of %(points)s hires. The %(others)s applicants without records, "
                "most of them rejected, are marked along the score axis. The cut-off is at %(cut)s."
            )
            % values,
            chart={
                "kind": "scatter",
                "x": _("Interview score"),
                "y": _("Mean monthly performance"),
                "points": scatter.points,
                "rug": scatter.rug,
                "line": scatter.line,
                "cut": drawn(cut),
                "cutText": _("cut-off %(cut)s") % values,
                "names": [_("Hired"), _("Without records"), _("Regression line with 95% confidence band")],
            },
            table=Table(
                _("Score and job performance by score band"),
                [
                    Column(_("Score"), "text"),
                    Column(_("Hires shown")),
                    Column(_("Mean performance"), "points"),
                    Column(_("Without records")),
                ],
                _bands(scatter),
                note=_("At most 1,000 points are drawn. Counts below five are not shown."),
            ),
            hint=_(
                "There are no points below the cut-off because no one below it was hired. This is why "
                "the observed correlation is too low."
            ),
        )
    ]


def _bands(scatter: Scatter) -> list[tuple[Any, ...]]:
    def band(pair: tuple[float, float]) -> int:
        return int(pair[0] // BAND)

    worked = {
        number: [work for _score, work in pairs]
        for number, pairs in groupby(sorted(scatter.points, key=band), key=band)
    }
    others = {
        number: sum(int(n) for _score, n in pairs)
        for number, pairs in groupby(sorted(scatter.rug, key=band), key=band)
    }
    rows = []
    for number in sorted({*worked, *others}):
        works = worked.get(number, [])
        mean = sum(works) / len(works) if len(works) >= SHOWN else None
        low = int(number * BAND)
        rows.append(
            (f"{low}\u2013{low + int(BAND)}", _enough(len(works)), mean, _enough(others.get(number, 0)))
        )
    return rows


def _enough(n: int) -> int | str:
    return HIDDEN if 0 < n < SHOWN else n


def _work(result: Report) -> list[Section]:
    """How this season's hires work, beside those of the season before."""
    seasons = result.drift.work if result.drift else []
    sections = [_against_last_season(seasons)] if seasons and is_known(seasons[-1].mean) else []
    outcomes = [row for row in result.outcomes if row.value is not None]
    return [*sections, _outcomes(outcomes)] if outcomes else sections


def _against_last_season(seasons: list[Shift]) -> Section:
    this, last = seasons[-1], seasons[-2] if len(seasons) > 1 else None
    sentence = _("The %(n)s hires of %(season)s have a mean performance of %(mean)s.") % {
        "n": shown("count", this.n),
        "season": this.label,
        "mean": shown("points", this.mean),
    }
    if last:
        difference = this.mean - last.mean
        words = (
            _("That is %(points)s points more than in %(season)s.")
            if difference >= 0
            else _("That is %(points)s points less than in %(season)s.")
        )
        compared = words % {"points": shown("points", abs(difference)), "season": last.label}
        sentence = _("%(first)s %(second)s") % {"first": sentence, "second": compared}
    columns = [Column(_("Season"), "text"), Column("n"), Column(_("Mean"), "points")]
    return Section(
        code="cohort",
        title=_("Job performance of these hires compared with earlier seasons"),
        sentence=sentence,
        chart=forest(
            [mean_with_interval(row) for row in seasons],
            axis=_("Mean monthly performance"),
            names=(_("Mean with 95% confidence interval"),),
            kind="points",
        ),
        table=Table(
            _("Mean performance by season"),
            [*columns, Column(_("Standard deviation"), "points")],
            [(row.label, row.n, row.mean, row.sd) for row in seasons],
        ),
    )


def mean_with_interval(row: Shift) -> Dot:
    """A row of ``drift`` as a dot: the mean and 1.96 standard errors about it."""
    if not row.sd > 0:
        return Dot(row.label, row.mean)
    half = 1.96 * row.sd / row.n**0.5
    return Dot(row.label, row.mean, (row.mean - half, row.mean + half))


def _outcomes(rows: list[OutcomeRow]) -> Section:
    def unit(row: OutcomeRow) -> str:
        return "points" if row.code in ("score", "complaint_rate") else "percent"

    return Section(
        code="outcomes",
        title=_("Complaints, projects and targets of these hires"),
        sentence=names.listed(
            [
                _("%(what)s %(now)s (before: %(before)s)")
                % {
                    "what": names.outcome(row.code),
                    "now": shown(unit(row), row.value),
                    "before": shown(unit(row), row.before),
                }
                for row in rows
            ]
        ),
        table=Table(
            _("Job performance figures compared with the previous season"),
            [
                Column(_("Measure"), "text"),
                Column("n"),
                Column(_("This season"), "text"),
                Column(_("95% confidence interval"), "text"),
                Column(_("Previous season"), "text"),
                Column(_("previous n")),
            ],
            [
                (
                    names.outcome(row.code),
                    row.n,
                    shown(unit(row), row.value),
                    shown(f"interval_{unit(row)}", (row.low, row.high)),
                    shown(unit(row), row.before),
                    row.before_n,
                )
                for row in rows
            ],
        ),
    )


def _figure(value: float, ends: Interval) -> str:
    if not is_known(value):
        return shown("r", value)
    return f"{shown('r', value)} ({interval(ends)})"


def _both(result: Report) -> str:
    return f"{shown('r', result.pooled_r)} / {shown('r', result.within_branch_r)}"
