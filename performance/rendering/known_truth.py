"""What the analysis recovers of simulated seasons, beside what is true of them."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from performance.analytics.arrays import Interval, is_known
from performance.analytics.recovery import Criterion, Season, Simulated
from performance.analytics.results import Report
from performance.rendering.parts import Column, Dot, Section, Table, forest, interval, shown
from performance.rendering.remarks import needed

FIGURES: Final[dict[str, Promise]] = {
    "n": gettext_lazy("Hires with records, mean"),
    "naive_r": gettext_lazy("Observed, mean"),
    "corrected_r": gettext_lazy("Corrected for range restriction, mean"),
    "corrected_full_r": gettext_lazy("Operational validity, mean"),
    "bias of corrected_full_r": gettext_lazy("Bias: operational validity minus true validity"),
    "coverage of its 95% interval": gettext_lazy("Intervals covering the true validity"),
    "width": gettext_lazy("Width of the interval, mean"),
    "group_flagged": gettext_lazy("Seasons with a falsely flagged group"),
    "weights_proposed": gettext_lazy("Seasons with an unnecessary proposal of weights"),
    "attention_proposed": gettext_lazy("Seasons with an unnecessary recommendation on target understanding"),
    "share_proposed": gettext_lazy("Seasons with an unnecessary recommendation on hiring shares"),
    "order_proposed": gettext_lazy("Seasons with an unnecessary recommendation on channel order"),
    "simpson": gettext_lazy("Seasons with a false warning of Simpson's paradox"),
    "anomalies_outside": gettext_lazy("Seasons with anomalies outside the prediction interval"),
    "adverse": gettext_lazy("Seasons with a false finding of adverse impact"),
}
AS_SHARE: Final = frozenset(
    {
        "coverage of its 95% interval",
        "group_flagged",
        "weights_proposed",
        "attention_proposed",
        "share_proposed",
        "order_proposed",
        "simpson",
        "anomalies_outside",
        "adverse",
    }
)
# More lines than a person compares.
MOST_DRAWN: Final = 40


def known_truth(result: Simulated, *, validity: float) -> list[Section]:
    """The first season's validity estimates beside the truth; then all seasons."""
    sections = [_first(result.first, validity)]
    if result.seasons:
        sections.append(_all(result.seasons, validity))
    if result.criteria:
        sections.append(_criteria(result.criteria, len(result.seasons)))
    return sections


def _first(found: Report, validity: float) -> Section:
    title = _("Validity estimates of the first simulated season, with the true validity")
    if missing := needed(found.warnings, "validity"):
        return Section(code="truth", title=title, needed=missing)
    estimates = [
        Dot(_("Observed among hires"), found.naive_r, found.ci95.naive_r),
        Dot(_("Corrected for range restriction"), found.corrected_r, found.ci95.corrected_r),
        Dot(
            _("Corrected for criterion unreliability, then for range restriction"),
            found.corrected_full_r,
            found.ci95.corrected_full_r,
        ),
    ]
    full = found.ci95.corrected_full_r
    values = {
        "naive": shown("r", found.naive_r),
        "full": shown("r", found.corrected_full_r),
        "interval": interval(full),
        "truth": shown("r", validity),
        "n": shown("count", found.n_performance),
    }
    told = _(
        "The true validity is %(truth)s. From %(n)s hires the analysis observes %(naive)s and estimates %(full)s (95%%: %(interval)s)."
    )
    verdict = (
        _("The interval covers the true validity.")
        if _holds(full, validity)
        else _("The interval does not cover the true validity.")
    )
    return Section(
        code="truth",
        title=title,
        sentence=_("%(first)s %(second)s") % {"first": told % values, "second": verdict},
        chart=forest(
            estimates,
            axis=_("Correlation of score and job performance"),
            names=(_("Estimate with 95% confidence interval"),),
            marks=[(0.0, ""), (validity, _("true validity %(truth)s") % values)],
        ),
        table=Table(
            _("Estimates and true validity"),
            [
                Column(_("Estimate"), "text"),
                Column("r", "r"),
                Column(_("95% confidence interval"), "interval"),
                Column(_("True validity"), "r"),
                Column(_("Covers the true validity?"), "text"),
            ],
            [
                (dot.label, dot.value, dot.interval, validity, _yes_no(_holds(dot.interval, validity)))
                for dot in estimates
            ],
        ),
        hint=_("Only the last estimate aims at the true validity; the first two are known to be too low."),
    )


def _all(seasons: list[Season], validity: float) -> Section:
    hits = sum(1 for row in seasons if row.covered)
    drawn = [row for row in seasons if is_known(row.corrected_full_r)]
    return Section(
        code="seasons",
        title=_("Operational validity by season"),
        sentence=_(
            "The 95%% confidence intervals of %(hits)s of %(n)s seasons cover the true validity (%(truth)s)."
        )
        % {"hits": hits, "n": len(seasons), "truth": shown("r", validity)},
        chart=forest(
            [
                Dot(str(number), row.corrected_full_r, (row.low, row.high), row.naive_r)
                for number, row in enumerate(drawn[:MOST_DRAWN], 1)
            ],
            axis=_("Correlation of score and job performance"),
            names=(_("Operational validity"), _("Observed correlation")),
            marks=[(validity, _("true validity %(truth)s") % {"truth": shown("r", validity)})],
        ),
        table=Table(
            _("All simulated seasons"),
            [
                Column(_("Season no.")),
                Column(_("Observed correlation"), "r"),
                Column(_("Operational validity"), "r"),
                Column(_("95% confidence interval"), "interval"),
                Column(_("Covers the true validity?"), "text"),
            ],
            [
                (
                    number,
                    row.naive_r,
                    row.corrected_full_r,
                    (row.low, row.high),
                    _yes_no(row.covered),
                )
                for number, row in enumerate(seasons, 1)
            ],
        ),
    )


def _criteria(criteria: list[Criterion], seasons: int) -> Section:
    broken = [row for row in criteria if not row.is_met]
    return Section(
        code="criteria",
        title=_("Bias, coverage and false alarms over all seasons"),
        sentence=_("All figures are within the acceptable range.")
        if not broken
        else _("Outside the acceptable range: %(n)s. With few seasons this may be chance.")
        % {"n": len(broken)},
        table=Table(
            _("Figures over all seasons"),
            [Column(_("Figure"), "text"), Column(_("Result"), "text"), Column(_("Acceptable range"), "text")],
            [
                (
                    str(FIGURES.get(row.name, row.name)),
                    _written(row.name, row.value),
                    _criterion(row),
                )
                for row in criteria
            ],
            note=_(
                "%(n)s seasons. The acceptable range was established with 200 seasons of 2,000 applicants."
            )
            % {"n": seasons},
        ),
    )


def _written(name: str, value: float) -> str:
    if name == "n":
        return shown("points", value)
    return shown("percent" if name in AS_SHARE else "weight", value)


def _criterion(row: Criterion) -> str:
    if row.high is None:
        return ""
    if row.low is None:
        return _("up to %(high)s") % {"high": _written(row.name, row.high)}
    return _("%(low)s to %(high)s") % {
        "low": _written(row.name, row.low),
        "high": _written(row.name, row.high),
    }


def _holds(ends: Interval, truth: float) -> bool:
    low, high = ends
    return low <= truth <= high


def _yes_no(is_so: bool) -> str:  # noqa: FBT001 - a word for a truth value
    return _("yes") if is_so else _("no")
