"""Dimensions, groups, branches: what tells most, and whether the interview says the same everywhere."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from performance.analytics.arrays import is_known
from performance.analytics.dimensions import Dimension
from performance.analytics.groups import FLAGGED_BELOW, Group
from performance.analytics.minimums import Minimum
from performance.analytics.privacy import Hidden
from performance.analytics.results import Report
from performance.analytics.units import Unit
from performance.rendering import names
from performance.rendering.names import Names
from performance.rendering.panels.equal_score import equal_score
from performance.rendering.parts import (
    HIDDEN,
    Column,
    Dot,
    Section,
    Table,
    bars,
    forest,
    shown,
)
from performance.rendering.remarks import needed, remarks


def dimensions(result: Report, _names: Names) -> list[Section]:
    """Each dimension's correlation with the work, and its share of what all foretell together."""
    title = _("What each dimension predicts about job performance")
    missing = needed(result.warnings, "dimensions")
    rows = [row for row in result.dimensions if is_known(row.lawley_r)]
    if not rows:
        dependent = remarks(result.warnings, "dimensions_dependent")
        reason = missing or (dependent[0].text if dependent else _("Too few people with all dimensions."))
        return [Section(code="dimensions", title=title, needed=reason)]
    ordered = sorted(rows, key=lambda row: -row.relative_weight)
    return [_correlations(title, ordered), _shares(ordered)]


def _correlations(title: str, rows: list[Dimension]) -> Section:
    best = max(rows, key=lambda row: abs(row.lawley_r))
    least = min(rows, key=lambda row: abs(row.lawley_r))
    return Section(
        code="dimensions",
        title=title,
        sentence=_(
            "Individually, “%(best)s” correlates most with job performance (%(high)s corrected, "
            "%(naive)s observed), “%(least)s” least (%(low)s)."
        )
        % {
            "best": names.dimension(best.code),
            "high": shown("r", best.lawley_r),
            "naive": shown("r", best.naive_r),
            "least": names.dimension(least.code),
            "low": shown("r", least.lawley_r),
        },
        chart=forest(
            [Dot(names.dimension(row.code), row.lawley_r, row.lawley_ci95, row.naive_r) for row in rows],
            axis=_("Correlation of the dimension with job performance"),
            names=(_("Corrected for range restriction, 95% confidence interval"), _("Observed correlation")),
            marks=[(0.0, "")],
        ),
        table=Table(
            _("Correlations of the dimensions with job performance"),
            [
                Column(_("Dimension"), "text"),
                Column(_("Observed correlation"), "r"),
                Column(_("Corrected (Lawley)"), "r"),
                Column(_("95% confidence interval"), "interval"),
                Column("n"),
            ],
            [(names.dimension(row.code), row.naive_r, row.lawley_r, row.lawley_ci95, row.n) for row in rows],
        ),
        hint=_("If two intervals overlap, it cannot be said which dimension predicts more."),
    )


def _shares(rows: list[Dimension]) -> Section:
    top = rows[0]
    return Section(
        code="shares",
        title=_("Relative weight"),
        sentence=_(
            "“%(top)s” has the largest share of what all dimensions together predict (R² = %(total)s): %(share)s."
        )
        % {
            "total": shown("r", sum(row.relative_weight for row in rows)),
            "top": names.dimension(top.code),
            "share": shown("percent", top.relative_share),
        },
        chart=bars(
            [names.dimension(row.code) for row in rows],
            [(_("Share of R²"), [row.relative_share for row in rows])],
            axis=_("Share of R²"),
            kind="percent",
        ),
        table=Table(
            _("Relative weights of the dimensions"),
            [
                Column(_("Dimension"), "text"),
                Column(_("Relative weight"), "weight"),
                Column(_("Share of R²"), "percent"),
                Column(_("95% confidence interval"), "interval_percent"),
            ],
            [
                (names.dimension(row.code), row.relative_weight, row.relative_share, row.share_ci95)
                for row in rows
            ],
        ),
        hint=_(
            "Relative weights divide what correlated dimensions jointly predict (Johnson 2000). They "
            "are descriptive and not the weights to apply."
        ),
    )


def groups(result: Report, _names: Names) -> list[Section]:
    """Slopes of groups against everybody else."""
    rows = result.groups
    title = _("Does the score mean the same for every group?")
    compared = [row for row in rows if isinstance(row, Group) and is_known(row.slope_difference)]
    if not compared:
        missing = needed(result.warnings, "validity") or _(
            "Groups are compared from %(n)s hires with records in the group and as many outside it."
        ) % {"n": int(Minimum.GROUP)}
        return [Section(code="groups", title=title, needed=missing)]
    return [
        Section(
            code="groups",
            title=title,
            sentence=_groups_sentence(compared),
            chart=forest(
                [
                    Dot(names.group(row.name), row.slope_difference, row.slope_difference_ci95)
                    for row in compared
                ],
                axis=_("Difference of slopes to all others"),
                names=(_("Difference with 95% confidence interval"),),
                marks=[(0.0, "")],
                kind="slope",
            ),
            table=Table(_("Slopes of the groups"), _group_columns(), [_group_row(row) for row in rows]),
            hint=_(
                "Slopes are performance points per score point, within position and branch. They are compared "
                "instead of correlations, because selection changes correlations. q is p adjusted for "
                "everything that the analysis tests (Benjamini-Hochberg). Below 0.05 a group is "
                "flagged for a closer look; this is not a finding. Gender is not included; only the "
                "fairness audit uses it."
            ),
        ),
        *equal_score(result),
    ]


def _groups_sentence(compared: list[Group]) -> str:
    flagged = [names.group(row.name) for row in compared if row.flagged]
    counted = ngettext("%(n)d group is compared.", "%(n)d groups are compared.", len(compared)) % {
        "n": len(compared)
    }
    found = (
        _("Different from all others: %(groups)s.") % {"groups": names.listed(flagged)}
        if flagged
        else _(
            "No group differs significantly from all others. Differences under %(slope)s could have gone unnoticed."
        )
        % {"slope": shown("slope", max(row.detectable for row in compared))}
    )
    return _("%(first)s %(second)s") % {"first": counted, "second": found}


def _group_columns() -> list[Column]:
    return [
        Column(_("Group"), "text"),
        Column("n"),
        Column(_("Slope"), "slope"),
        Column(_("Difference"), "slope"),
        Column(_("95% confidence interval"), "interval_slope"),
        Column("q", "p"),
        Column(_("Would have been found from"), "slope"),
        Column(_("Remark"), "text"),
    ]


def _group_row(row: Group | Hidden) -> tuple[Any, ...]:
    if isinstance(row, Hidden):
        return (names.group(row.name), *[HIDDEN] * 6, _("too few to show"))
    remark = ""
    if row.more_needed:
        remark = _("%(n)s more needed") % {"n": shown("count", row.more_needed)}
    elif row.flagged:
        remark = _("differs (q below %(q)s)") % {"q": shown("p", FLAGGED_BELOW)}
    differs = (row.slope_difference, row.slope_difference_ci95, row.q, row.detectable)
    return (names.group(row.name), row.n, row.slope, *differs, remark)


def branches(result: Report, known: Names) -> list[Section]:
    """Pooled against within branches, and each unit's slope, alone and shrunk."""
    if missing := needed(result.warnings, "validity"):
        return [Section(code="pooling", title=_("Total and branches"), needed=missing)]
    return [_pooling(result), _units(result, known)]


def _pooling(result: Report) -> Section:
    found = remarks(result.warnings, "simpson")
    values = {
        "pooled": shown("r", result.pooled_r),
        "within": shown("r", result.within_branch_r),
        "least": shown("r", result.within_branch_detectable),
    }
    agree = _(
        "The overall correlation is %(pooled)s, within branches %(within)s. No contradiction is found; a "
        "difference of slopes under %(least)s standard deviations could have gone unnoticed."
    )
    return Section(
        code="pooling",
        title=_("Total and branches"),
        sentence=found[0].text if found else agree % values,
        table=Table(
            _("Overall and within-branch correlation"),
            [Column(_("Correlation"), "text"), Column("r", "r"), Column("n")],
            [
                (_("Overall"), result.pooled_r, result.n_performance),
                (_("Within branches"), result.within_branch_r, result.n_performance),
            ],
        ),
        hint=_("Within branches: branch means are removed, so differences between branches do not count."),
    )


def _units(result: Report, known: Names) -> Section:
    rows = result.units
    judged = [row for row in rows if isinstance(row, Unit) and is_known(row.shrunk_slope)]
    title = _("Slope in each directly subordinate branch")
    if not judged:
        missing = _("Two directly subordinate branches with %(n)s hires each are needed.") % {
            "n": int(Minimum.UNIT)
        }
        return Section(code="units", title=title, needed=missing)
    ordered = sorted(judged, key=lambda row: -row.shrunk_slope)
    waiting = [row for row in rows if row not in judged]
    return Section(
        code="units",
        title=title,
        sentence=_("After shrinkage, slopes range from %(low)s (%(last)s) to %(high)s (%(first)s).")
        % {
            "low": shown("slope", ordered[-1].shrunk_slope),
            "last": known.branch(ordered[-1].code),
            "high": shown("slope", ordered[0].shrunk_slope),
            "first": known.branch(ordered[0].code),
        },
        chart=forest(
            [Dot(known.branch(row.code), row.shrunk_slope, row.ci95, row.slope) for row in ordered],
            axis=_("Performance points per score point"),
            names=(_("Shrunk, 95% interval"), _("Unshrunk")),
            marks=[(0.0, "")],
            kind="slope",
        ),
        table=Table(
            _("Slopes of directly subordinate branches"),
            [
                Column(_("Branch"), "text"),
                Column("n"),
                Column(_("Unshrunk slope"), "slope"),
                Column(_("Shrunk slope"), "slope"),
                Column(_("95% confidence interval"), "interval_slope"),
                Column(_("Would have been found from"), "slope"),
                Column(_("Remark"), "text"),
            ],
            [_unit_row(row, known) for row in (*ordered, *waiting)],
        ),
        hint=_(
            "The slope of a small branch is mostly chance, so it is shrunk towards the overall mean "
            "(empirical Bayes). Do not rank branches by the unshrunk slope."
        ),
    )


def _unit_row(row: Unit | Hidden, known: Names) -> tuple[Any, ...]:
    if isinstance(row, Hidden):
        return (known.branch(row.name), *[HIDDEN] * 5, "")
    missing = row.more_needed
    remark = _("%(n)s more needed") % {"n": missing} if missing else ""
    judged = (row.slope, row.shrunk_slope, row.ci95, row.detectable)
    return (known.branch(row.code), row.n, *judged, remark)
