"""Spans of time in figures: percentiles in the database, words on the page."""

from datetime import timedelta

from django.db.models import Aggregate
from django.utils.translation import gettext as _


class Percentile(Aggregate):
    """PostgreSQL's ``percentile_cont`` over the ordered values."""

    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    name = "Percentile"


def in_words(span: timedelta | None) -> tuple[str, str]:
    """Value and unit: seconds below a minute, minutes and seconds below an hour, then hours."""
    if span is None:
        return "–", ""
    seconds = round(span.total_seconds())
    if seconds < 60:
        return str(seconds), _("s")
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02}", _("min")
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}", _("h")


def in_hours(span: timedelta | None) -> float | None:
    """The span in hours, None where there is none."""
    return None if span is None else span.total_seconds() / 3600
