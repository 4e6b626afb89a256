"""Quiet hours: no SMS between 22:00 and 08:00 of the bank's clock. Pure."""

from datetime import datetime, time, timedelta

from django.utils import timezone

QUIET_FROM = time(22, 0)
QUIET_UNTIL = time(8, 0)


def end_of_quiet_hours(moment: datetime) -> datetime | None:
    """When the present quiet hours end; None outside of them."""
    local = timezone.localtime(moment)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, tzinfo=local.tzinfo)
