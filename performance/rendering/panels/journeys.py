"""The way from the interview to the desk: funnel, shifts between seasons, targets promised and reached."""

from django.utils.translation import gettext as _

from performance.analytics.arrays import is_known
from performance.analytics.drift import NOTICEABLE, Shift
from performance.analytics.funnel import ChannelFunnel, Step
from performance.analytics.results import Report
from performance.rendering import names
from performance.rendering.names import Names
from performance.rendering.panels.validity import mean_with_interval
from performance.rendering.parts import Column, Dot, Section, Table, bars, forest, shown


def funnel(result: Report, _names: Names) -> list[Section]:
    """How many came how far, and by which channel they were reached."""
    found = result.funnel
    if not found:
        return [
            Section(code="funnel", title=_("From interview to first day"), needed=_("Too few applicants."))
        ]
    return [_steps(found.steps), _channels(found.channels)]


def _steps(steps: list[Step]) -> Section:
    lost = min(
        (step for step in steps[2:] if is_known(step.share)),
        key=lambda step: step.share,
        default=None,
    )
    sentence = _("%(first)s were interviewed, %(last)s were hired.") % {
        "first": shown("count", steps[0].n),
        "last": shown("count", steps[-1].n),
    }
    if lost:
        worst = _("After the interview, the largest loss is before “%(stage)s”: %(share)s reach it.") % {
            "stage": names.stage(lost.stage),
            "share": shown("percent", lost.share),
        }
        sentence = _("%(first)s %(second)s") % {"first": sentence, "second": worst}
    return Section(
        code="funnel",
        title=_("From interview to first day"),
        sentence=sentence,
        chart=bars(
            [names.stage(step.stage) for step in steps],
            [(_("Number of people"), [step.n for step in steps])],
            axis=_("Number of people"),
        ),
        table=Table(
            _("Stages from the interview to the first day"),
            [
                Column(_("Stage"), "text"),
                Column(_("Number of people")),
                Column(_("Share of the previous stage"), "percent"),
                Column(_("95% confidence interval"), "interval_percent"),
            ],
            [(names.stage(step.stage), step.n, step.share, step.ci95) for step in steps],
        ),
        hint=_("Seasons before the portal have no notices and go from passed to hired."),
    )


def _channels(channels: list[ChannelFunnel]) -> Section:
    title = _("By first channel that reached the candidate")
    if not channels:
        return Section(
            code="channels",
            title=title,
            needed=_("No channel reached five people of this season through the portal."),
        )
    told = ("read", "replied", "accepted")
    quick = [row for row in channels if is_known(row.median_hours_to_reply)]
    fastest = min(quick, key=lambda row: row.median_hours_to_reply, default=None)
    return Section(
        code="channels",
        title=title,
        sentence=_("Quickest to a reply: %(channel)s, half of the replies within %(hours)s hours.")
        % {
            "channel": names.channel(fastest.channel),
            "hours": shown("hours", fastest.median_hours_to_reply),
        }
        if fastest
        else _("No replies yet."),
        chart=bars(
            [names.channel(row.channel) for row in channels],
            [(names.stage(stage), [_reached(row, stage) for row in channels]) for stage in told],
            axis=_("Share of those notified"),
            kind="percent",
        ),
        table=Table(
            title,
            [
                Column(_("Channel"), "text"),
                Column(_("Notified")),
                *(Column(names.stage(stage), "percent") for stage in told),
                Column(_("Median hours to the reply"), "hours"),
            ],
            [
                (
                    *(names.channel(row.channel), row.n),
                    *(_reached(row, stage) for stage in told),
                    row.median_hours_to_reply,
                )
                for row in channels
            ],
            note=_("Shares of those notified. Channels with fewer than five people are not shown."),
        ),
        hint=_("People are not assigned to channels at random, so a difference is an indication, not proof."),
    )


def _reached(row: ChannelFunnel, stage: str) -> float:
    return next(step.n for step in row.steps if step.stage == stage) / row.n


def drift(result: Report, _names: Names) -> list[Section]:
    """Whether scores or work have shifted."""
    found = result.drift
    if not found:
        return [Section(code="seasons", title=_("Scores by season"), needed=_("Too few applicants."))]
    return [
        _shifts("seasons", _("Scores by season"), _("Mean interview score"), found.seasons),
        _shifts(
            "versions", _("Scores by version of the interview"), _("Mean interview score"), found.versions
        ),
        _shifts("work", _("Job performance by season"), _("Mean monthly performance"), found.work),
    ]


def _shifts(code: str, title: str, axis: str, rows: list[Shift]) -> Section:
    rows = [row for row in rows if is_known(row.mean) and row.n >= 5]
    if not rows:
        return Section(code=code, title=title, needed=_("Five people are needed."))
    shifted = [row.label for row in rows if row.shifted]
    if len(rows) == 1:
        sentence = _("Only %(label)s so far. There is nothing to compare it with.") % {"label": rows[0].label}
    elif shifted:
        sentence = _("Shifted from %(first)s: %(labels)s.") % {
            "first": rows[0].label,
            "labels": names.listed(shifted),
        }
    else:
        least = max((row.detectable for row in rows if is_known(row.detectable)), default=NOTICEABLE)
        sentence = _(
            "No notable shift from %(first)s. Shifts under %(d)s standard deviations could have gone unnoticed."
        ) % {"first": rows[0].label, "d": shown("r", least)}
    return Section(
        code=code,
        title=title,
        sentence=sentence,
        chart=forest(
            [mean_with_interval(row) for row in rows],
            axis=axis,
            names=(_("Mean with 95% confidence interval"),),
            kind="points",
        ),
        table=Table(
            title,
            [
                Column(_("Season") if code != "versions" else _("Version"), "text"),
                Column("n"),
                Column(_("Mean"), "points"),
                Column(_("Standard deviation"), "points"),
                Column("d", "r"),
                Column("p", "p"),
                Column(_("Remark"), "text"),
            ],
            [
                (row.label, row.n, row.mean, row.sd, row.d, row.p, _("shifted") if row.shifted else "")
                for row in rows
            ],
        ),
        hint=_(
            "d is the difference from the baseline in standard deviations. It is flagged from 0.2 if p is below 0.01 (Welch's test)."
        ),
    )


def targets(result: Report, known: Names) -> list[Section]:
    """What the notices promised against what was reached."""
    title = _("Target and result")
    rows = result.targets
    if not rows:
        missing = _("Five hires with a measured target are needed.")
        return [Section(code="targets", title=title, needed=missing)]
    worst = min(rows, key=lambda row: row.share)
    return [
        Section(
            code="targets",
            title=title,
            sentence=_("“%(target)s” is met least often: by %(share)s of %(n)s people (95%%: %(interval)s).")
            % {
                "target": known.target(worst.target),
                "share": shown("percent", worst.share),
                "n": shown("count", worst.n),
                "interval": shown("interval_percent", worst.ci95),
            },
            chart=forest(
                [Dot(known.target(row.target), row.share, row.ci95) for row in rows],
                axis=_("Share of people who met the target"),
                names=(_("Share with 95% confidence interval"),),
                kind="percent",
            ),
            table=Table(
                _("Targets and results"),
                [
                    Column(_("Target"), "text"),
                    Column("n"),
                    Column(_("Achieved")),
                    Column(_("Achievement rate"), "percent"),
                    Column(_("95% confidence interval"), "interval_percent"),
                    Column(_("Median of result to target"), "ratio"),
                ],
                [
                    (known.target(row.target), row.n, row.reached, row.share, row.ci95, row.median)
                    for row in rows
                ],
            ),
            hint=_("The threshold stated in the person's notice counts, not the current one."),
        )
    ]
