"""Counting in days and hours that are worked: pure.

Days are those where the bank is (``TIME_ZONE``). A working day lasts from ``opens`` up to, not including,
``closes``; what is due at ``closes`` is due on that day.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

SATURDAY = 5
A_DAY = timedelta(days=1)
NO_TIME = timedelta(0)
# Messages to candidates rest from the first to the second time; longer before and on days off.
QUIET = (time(22), time(8))
QUIET_ON_DAYS_OFF = (time(21), time(9))


def end_of_day(day: date) -> datetime:
    """Its last moment where the bank is: "by 5 December" holds for the whole of 5 December."""
    return timezone.make_aware(datetime.combine(day, time.max))


@dataclass(frozen=True, slots=True)
class DueTimes:
    """When people have to be done, when they are reminded before, and when it is passed up if they are not."""

    due_at: datetime
    remind_at: datetime
    escalate_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Monday to Friday but for ``holidays``, and the make-up days of ``working_weekends``."""

    holidays: frozenset[date] = frozenset()
    working_weekends: frozenset[date] = frozenset()
    opens: time = time(9)
    closes: time = time(18)

    def is_working_day(self, day: date) -> bool:
        """Whether people are at work on that day."""
        if day.weekday() >= SATURDAY:
            return day in self.working_weekends
        return day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.is_working_day(day):
            day += A_DAY
        return day

    def last_working_day(self, day: date) -> date:
        """The day itself, or the last working day before it."""
        while not self.is_working_day(day):
            day -= A_DAY
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``; for 0 the day itself or the next working day."""
        day = self.next_working_day(day) if count == 0 else day
        for _number in range(count):
            day = self.next_working_day(day + A_DAY)
        return day

    def is_working_moment(self, moment: datetime) -> bool:
        """Whether people are at work then."""
        local = timezone.localtime(moment)
        return self.is_working_day(local.date()) and self.opens <= local.time() < self.closes

    def next_working_moment(self, moment: datetime) -> datetime:
        """The moment itself, or when work begins again."""
        if self.is_working_moment(moment):
            return moment
        local = timezone.localtime(moment)
        day = local.date() if local.time() < self.opens else local.date() + A_DAY
        return _at(self.next_working_day(day), self.opens)

    def add_working_time(self, moment: datetime, span: timedelta) -> datetime:
        """When ``span`` of working time has passed; a moment outside working time counts from its next start."""
        start = self.next_working_moment(moment)
        while (left := _at(timezone.localdate(start), self.closes) - start) < span:
            span -= left
            start = _at(self.next_working_day(timezone.localdate(start) + A_DAY), self.opens)
        return start + span

    def subtract_working_time(self, moment: datetime, span: timedelta) -> datetime:
        """When ``span`` of working time was still to pass until ``moment``."""
        local = timezone.localtime(moment)
        if self.is_working_day(local.date()) and local.time() > self.opens:
            end = min(moment, _at(local.date(), self.closes))
        else:
            end = _at(self.last_working_day(local.date() - A_DAY), self.closes)
        while (gone := end - _at(timezone.localdate(end), self.opens)) < span:
            span -= gone
            end = _at(self.last_working_day(timezone.localdate(end) - A_DAY), self.closes)
        return end - span

    def due_times(self, *, minutes: int, remind_minutes: int = 0, now: datetime) -> DueTimes:
        """The times of a step for which people have so many minutes of working time from now on."""
        due_at = self.add_working_time(now, timedelta(minutes=minutes))
        remind_at = self.subtract_working_time(due_at, timedelta(minutes=remind_minutes))
        return DueTimes(due_at, remind_at, self.next_working_moment(due_at))

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time passes from ``start`` to ``end``; none if ``end`` is earlier."""
        total, moment = NO_TIME, self.next_working_moment(start)
        while moment < end:
            closing = _at(timezone.localdate(moment), self.closes)
            total += min(closing, end) - moment
            moment = self.next_working_moment(closing)
        return total

    def end_of_quiet_hours(self, moment: datetime) -> datetime | None:
        """When messages may leave again; None if they may at ``moment``.

        The night before a day off begins as on a working day and ends as on a day off.
        """
        local = timezone.localtime(moment)
        day = local.date()
        begins, ends = self._quiet_hours_of(day)
        if ends <= local.time() < begins:
            return None
        morning = day if local.time() < ends else day + A_DAY
        return _at(morning, self._quiet_hours_of(morning)[1])

    def _quiet_hours_of(self, day: date) -> tuple[time, time]:
        return QUIET if self.is_working_day(day) else QUIET_ON_DAYS_OFF


def _at(day: date, hour: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, hour))
