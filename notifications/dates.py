"""The dates of a notice: the last day to answer, and whether each still leaves time enough. Pure."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from branches.calendar import WorkCalendar


class DateFault(StrEnum):
    """A date that leaves too little time."""

    REPLY_BY = "reply_by_too_close"
    FIRST_DAY = "first_day_too_close"


def last_day_to_reply(*, now: datetime, reply_days: int, onboarding_on: date, calendar: WorkCalendar) -> date:
    """``reply_days`` from the day on which a message of now may leave, moved on to a working day.

    Never later than the day before the first day of work.
    """
    leaves_on = timezone.localdate(calendar.end_of_quiet_hours(now) or now)
    day = calendar.next_working_day(leaves_on + timedelta(days=reply_days))
    return min(day, onboarding_on - timedelta(days=1))


def earliest_first_day(*, now: datetime, min_reply_hours: int) -> date:
    """The first day of work that leaves so many hours before it begins; from tomorrow on."""
    return timezone.localdate(now + timedelta(hours=min_reply_hours)) + timedelta(days=1)


def faults_of(
    *, reply_by: datetime, onboarding_on: date, min_reply_hours: int, now: datetime
) -> list[DateFault]:
    """The dates that leave fewer than ``min_reply_hours`` from now."""
    faults = []
    if reply_by < now + timedelta(hours=min_reply_hours):
        faults.append(DateFault.REPLY_BY)
    if onboarding_on < earliest_first_day(now=now, min_reply_hours=min_reply_hours):
        faults.append(DateFault.FIRST_DAY)
    return faults
