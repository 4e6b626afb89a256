"""The cards of the figures: each with a sentence or drawing and its table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from branches.models import Branch
from hrportal.kernel.durations import in_hours, in_words
from notifications.enums import ChannelCode
from performance.analytics.figures import Funnel, Group, Messages, Step
from performance.rendering.parts import Column, Section, Table, bars, shown

# What the bank promises: half of the notices within so many hours, so many of a hundred delivered and read.
TARGET_HOURS, TARGET_DELIVERED, TARGET_READ = 4, 0.995, 0.90
# Hours up to which a cell of the branches by week has its shade.
SHADES = (1, TARGET_HOURS, 8, 24)


def kpis(now: Funnel, before: Funnel) -> list[dict[str, object]]:
    """The strip: each figure beside its target and the period before."""
    value, unit = in_words(now.median)
    slow_value, slow_unit = in_words(now.p90)
    limit = timedelta(hours=TARGET_HOURS)
    return [
        {
            "label": _("Time to notify, median"),
            "value": value,
            "unit": unit,
            "help": _("Target: %d h") % TARGET_HOURS,
            **_change(_hours(now), _hours(before), "hours", is_better=-1),
            **_missed(is_missed=now.median is not None and now.median > limit),
        },
        {
            "label": _("Time to notify, 90th percentile"),
            "value": slow_value,
            "unit": slow_unit,
            "help": _("90th percentile"),
        },
        _share(_("Delivered"), now, before, "delivered", TARGET_DELIVERED),
        _share(_("Read"), now, before, "read", TARGET_READ),
        _share(_("Replied"), now, before, "answered", None),
        {
            "label": _("Notified twice"),
            "value": f"{now.twice:,}",
            "help": _("Target: 0"),
            **_missed(is_missed=now.twice > 0),
        },
        {
            "label": _("Duplicate notices prevented"),
            "value": f"{now.held:,}",
            "help": _("Hired by another branch, no second notice"),
        },
        {
            "label": _("Follow-ups"),
            "value": f"{now.follow_ups:,}",
            "help": _("%s per 100 notices") % shown("points", 100 * now.follow_ups / now.sent)
            if now.sent
            else "",
        },
    ]


def funnel_section(now: Funnel, before: Funnel) -> Section:
    """From the pass to the first day."""
    stages = [
        (_("Passed"), "passed"),
        (_("Need confirmed"), "confirmed"),
        (_("Notice approved"), "reviewed"),
        (pgettext("a notice", "Sent"), "sent"),
        (_("Delivered"), "delivered"),
        (_("Read"), "read"),
        (_("Replied"), "answered"),
        (_("Accepted"), "accepted"),
        (_("Started work"), "first_day"),
    ]
    counted = [(label, getattr(now, name), getattr(before, name)) for label, name in stages]
    return Section(
        code="funnel",
        title=_("From pass to first day"),
        sentence=_(
            "Of %(passed)s who passed, %(sent)s were notified, %(read)s read it and %(accepted)s accepted."
        )
        % {name: f"{getattr(now, name):,}" for name in ("passed", "sent", "read", "accepted")},
        chart=bars(
            [label for label, *_counts in counted],
            [
                (_("This period"), [n for _l, n, _b in counted]),
                (_("Period before"), [b for _l, _n, b in counted]),
            ],
        ),
        table=Table(
            _("Candidates by stage"),
            [
                Column(_("Stage"), "text"),
                Column(_("Candidates")),
                Column(_("Share of passed"), "percent"),
                Column(_("Period before")),
            ],
            [(label, n, n / now.passed if now.passed else None, b) for label, n, b in counted],
        ),
        hint=_(
            "All candidates who passed in the period, wherever they stand today. Candidates of the last days are still on their way."
        ),
    )


def steps_section(steps: Mapping[str, Step]) -> Section:
    """Where the time goes."""
    labels = {
        "confirm": pgettext("a step", "Department confirms"),
        "review": pgettext("a step", "HR reviews"),
        "send": pgettext("a step", "Sending"),
        "read": _("Until read"),
        "answer": _("Until answered"),
    }
    rows = [(label, steps[name]) for name, label in labels.items()]
    slowest = max(rows[:3], key=lambda row: in_hours(row[1].median) or 0.0)
    value, unit = in_words(slowest[1].median)
    return Section(
        code="steps",
        title=_("Time per step"),
        sentence=_("The slowest step before sending: %(step)s, median %(time)s.")
        % {"step": slowest[0], "time": f"{value} {unit}".strip()}
        if slowest[1].median
        else "",
        table=Table(
            _("Hours per step"),
            [
                Column(_("Step"), "text"),
                Column(_("Completed")),
                Column(_("Median, hours"), "hours"),
                Column(_("90th percentile, hours"), "hours"),
            ],
            [(label, step.rows, in_hours(step.median), in_hours(step.p90)) for label, step in rows],
        ),
    )


def trend_section(weeks: Sequence[Group]) -> Section:
    """Week by week."""
    labels = [_week(timezone.localtime(group.key).date()) for group in weeks]
    return Section(
        code="trend",
        title=_("By week"),
        sentence=_("Candidates notified, by the week in which they passed."),
        chart=bars(
            labels,
            [
                (_("Notified"), [group.sent for group in weeks]),
                (_("Read"), [group.read for group in weeks]),
                (_("Replied"), [group.answered for group in weeks]),
            ],
        ),
        table=groups_table(_("Candidates by week"), _("Week of"), list(zip(labels, weeks, strict=True))),
    )


def groups_section(code: str, title: str, head: str, rows: Sequence[tuple[str, Group]]) -> Section:
    """The same figures for each position or text."""
    return Section(code=code, title=title, table=groups_table(title, head, rows))


def groups_table(caption: str, head: str, rows: Sequence[tuple[str, Group]]) -> Table:
    """Candidates notified, how fast, and how far the notices came."""
    return Table(
        caption,
        [
            Column(head, "text"),
            Column(_("Notified")),
            Column(_("Median, hours"), "hours"),
            Column(_("90th percentile, hours"), "hours"),
            Column(_("Delivered"), "percent"),
            Column(_("Read"), "percent"),
            Column(_("Replied"), "percent"),
        ],
        [
            (label, group.sent, in_hours(group.median), in_hours(group.p90), *_shares(group))
            for label, group in rows
        ],
    )


def channels_section(channels: Sequence[Messages]) -> Section:
    """What each channel carried."""
    labels = dict(ChannelCode.choices)
    return Section(
        code="channels",
        title=_("By channel"),
        table=Table(
            _("Messages by channel"),
            [
                Column(_("Channel"), "text"),
                Column(_("Messages sent")),
                Column(_("Delivered"), "percent"),
                Column(_("Read"), "percent"),
                Column(_("Failed"), "percent"),
            ],
            [
                (
                    str(labels.get(row.channel, row.channel)),
                    row.taken,
                    *(n / row.taken for n in (row.delivered, row.read, row.failed)),
                )
                for row in channels
            ],
            note=_("A notice may use several channels, so messages are more than candidates."),
        ),
    )


@dataclass(frozen=True, slots=True)
class Shade:
    """One cell of the branches by week: the median hours in words and how dark it is, 0 to 4."""

    text: str
    level: int | None


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Median hours until notified; ``rows`` are a branch's name with a cell for each of ``weeks``."""

    weeks: list[str]
    rows: list[tuple[str, list[Shade]]]


def heat_map(
    medians: Mapping[tuple[str, date], timedelta | None], branches: Mapping[str, Branch]
) -> HeatMap | None:
    """Branches by week, None where there is one branch or one week only."""
    weeks = sorted({week for _path, week in medians})
    paths = sorted({path for path, _week in medians})
    if len(weeks) < 2 or len(paths) < 2:
        return None
    rows = [(str(branches[path]), [_shade(medians.get((path, week))) for week in weeks]) for path in paths]
    return HeatMap([_week(week) for week in weeks], rows)


def _shade(median: timedelta | None) -> Shade:
    hours = in_hours(median)
    if hours is None:
        return Shade(shown("hours", None), None)
    return Shade(shown("hours", hours), sum(hours > bound for bound in SHADES))


def _week(monday: date) -> str:
    return monday.strftime("%m-%d")


def _shares(group: Group) -> list[float | None]:
    return [n / group.sent if group.sent else None for n in (group.delivered, group.read, group.answered)]


def _hours(funnel: Funnel) -> float | None:
    return in_hours(funnel.median)


def _share(label: str, now: Funnel, before: Funnel, name: str, target: float | None) -> dict[str, object]:
    value, earlier = now.share(getattr(now, name)), before.share(getattr(before, name))
    told: dict[str, object] = {"label": label, "value": shown("percent", value)}
    if target is not None:
        told["help"] = _("Target: %s") % f"{100 * target:g}%"
        told |= _missed(is_missed=value is not None and value < target)
    else:
        told["help"] = _("%(n)d of %(all)d sent") % {"n": getattr(now, name), "all": now.sent}
    return told | _change(value, earlier, "percent", is_better=1)


def _change(value: float | None, earlier: float | None, kind: str, *, is_better: int) -> dict[str, Any]:
    """The difference to the period before; nothing where one of both is missing."""
    if value is None or earlier is None:
        return {}
    difference = value - earlier
    text = shown(kind, difference)
    if text == shown(kind, 0.0) or text == shown(kind, -0.0):
        return {}
    return {
        "delta": text if difference < 0 else f"+{text}",
        "delta_tone": "good" if difference * is_better > 0 else "bad",
    }


def _missed(*, is_missed: bool) -> dict[str, Any]:
    return {"is_missed": is_missed}
