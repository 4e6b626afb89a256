"""The dates of a notice: the last day to answer, and whether each still leaves time enough. Pure."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.utils import timezone


class DateFault(StrEnum):
    """A date that leaves too little time."""

    REPLY_BY = "reply_by_too_close"
    FIRST_DAY = "first_day_too_close"


def last_day_to_reply(*, now: datetime, reply_days: int, onboarding_on: date) -> date:
    """``reply_days`` from today, and never later than the day before the first day of work."""
    return min(timezone.localdate(now) + timedelta(days=reply_days), onboarding_on - timedelta(days=1))


def end_of_day(day: date) -> datetime:
    """Its last second where the bank is: "reply by the 9th" holds for the whole of the 9th."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


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
