"""Which figures are shown: period, branch with all below, position."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.forms import offer


class Period(TextChoices):
    """Periods in local days; the running one ends with today."""

    WEEK = "week", _("Last 7 days")
    MONTH = "month", _("Last 30 days")
    QUARTER = "quarter", _("This quarter")
    LAST_QUARTER = "last_quarter", _("Last quarter")
    YEAR = "year", _("This year")


def bounds(period: str, *, today: date) -> tuple[datetime, datetime]:
    """First moment of the period and the first after it."""
    tomorrow, quarter = today + timedelta(days=1), _quarter(today)
    start, end = {
        Period.WEEK: (tomorrow - timedelta(days=7), tomorrow),
        Period.MONTH: (tomorrow - timedelta(days=30), tomorrow),
        Period.QUARTER: (quarter, tomorrow),
        Period.LAST_QUARTER: (_quarter(quarter - timedelta(days=1)), quarter),
        Period.YEAR: (today.replace(month=1, day=1), tomorrow),
    }[Period(period)]
    return _midnight(start), _midnight(end)


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class FiguresFilter(forms.Form):
    """Nothing chosen is the last 30 days of the viewer's highest branch, over all positions."""

    period = forms.ChoiceField(label=_("Period"), required=False, choices=Period.choices)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    position = forms.ChoiceField(label=_("Position"), required=False)

    def __init__(
        self, *args: Any, branches: list[tuple[str, str]], positions: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", branches)
        offer(self, "position", [("", str(_("All"))), *positions])
