"""When a member of staff is told. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from branches.calendar import WorkCalendar
from branches.calendar.working_time import QUIET

# Nobody at the bank is written to from the first until the second hour.
NIGHT = QUIET
WEEKDAYS = WorkCalendar()
# Longer nobody is away; whoever is, finds what there is in the inbox.
LONGEST_WAIT_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A preference as plain values; ``hours`` is empty for whoever is told as it happens."""

    hours: tuple[int, ...] = ()
    free_weekdays: Collection[int] = ()
    away_from: date | None = None
    away_until: date | None = None
    calendar: WorkCalendar = WEEKDAYS

    def is_free(self, day: date) -> bool:
        """Whether the person does not work on that day."""
        if self.away_from and self.away_until and self.away_from <= day <= self.away_until:
            return True
        return day.weekday() in self.free_weekdays or not self.calendar.is_working_day(day)


def may_tell(timing: Timing, moment: datetime, *, urgent: bool) -> bool:
    """Whether the person may be written to: never at night, on a free day only if it is urgent."""
    return not is_night(moment) and (urgent or not timing.is_free(timezone.localdate(moment)))


def is_night(moment: datetime) -> bool:
    """Whether nobody is told anything."""
    begins, ends = NIGHT
    return not ends <= timezone.localtime(moment).time() < begins


def next_moment(timing: Timing, *, after: datetime, urgent: bool) -> datetime:
    """The first moment from ``after`` on at which the person wants to be told."""
    local = timezone.localtime(after)
    for day in (local.date() + timedelta(days=days) for days in range(LONGEST_WAIT_DAYS)):
        hours = [NIGHT[1]] if urgent or not timing.hours else [time(hour) for hour in sorted(timing.hours)]
        moments = [datetime.combine(day, hour, tzinfo=local.tzinfo) for hour in hours]
        if urgent or not timing.hours:
            moments.append(local)
        for moment in moments:
            if moment >= local and may_tell(timing, moment, urgent=urgent):
                return moment
    return after + timedelta(days=LONGEST_WAIT_DAYS)
