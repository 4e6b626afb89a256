"""The calendar that holds now: the years head office imported or the portal brings along, and working hours."""

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from django.db.models import DateTimeField, ExpressionWrapper, QuerySet, Value
from django.utils import timezone

from branches.access import Access, Permission
from branches.calendar import CalendarDay, DayKind, DueTimes, WorkCalendar, Year, shipped_years
from branches.calendar.working_time import end_of_day
from branches.models import Branch, CalendarYear
from hrportal.kernel import clocks

# Every due time asks, and nothing of it changes more often than a few times a year.
KEPT_SECONDS = 60.0
# The State Council publishes the next year's arrangement in November or December.
RENEW_FROM, RENEW_BY = (11, 15), (12, 20)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendar of every branch: the same days, its own hours or those of the nearest branch above."""

    bank: WorkCalendar
    hours: Mapping[str, tuple[time, time]]
    paths: Mapping[int, str]

    def of_branch(self, branch_id: int) -> WorkCalendar:
        """The working time of a branch."""
        path = self.paths.get(branch_id, "")
        for end in range(len(path), 0, -Branch.steplen):
            if own := self.hours.get(path[:end]):
                return replace(self.bank, opens=own[0], closes=own[1])
        return self.bank


class _Kept:
    """What was read last in this process, and when."""

    calendars: Calendars | None = None
    read_at = 0.0


def calendars() -> Calendars:
    """The calendars of all branches; at most ``KEPT_SECONDS`` old. Two queries when they are read anew."""
    kept = _Kept.calendars
    if kept is None or clock.monotonic() - _Kept.read_at > KEPT_SECONDS:
        kept = _Kept.calendars = _read()
        _Kept.read_at = clock.monotonic()
    return kept


def forget_calendars() -> None:
    """Have them read anew in this process."""
    _Kept.calendars = None


def bank_calendar() -> WorkCalendar:
    """Days are the same everywhere, and hours those of the head office."""
    return calendars().bank


def calendar_of(branch_id: int) -> WorkCalendar:
    """The working time of a branch."""
    return calendars().of_branch(branch_id)


def due_times(*, branch_id: int, minutes: int, remind_minutes: int = 0, now: datetime) -> DueTimes:
    """The times of a step for which people at a branch have so many minutes of their working time from now on."""
    return calendar_of(branch_id).due_times(minutes=minutes, remind_minutes=remind_minutes, now=now)


def resting_until(branch_id: int, *, now: datetime) -> datetime | None:
    """When people at a branch are at work again; None if they are now."""
    again = calendar_of(branch_id).next_working_moment(now)
    return again if again > now else None


def known_years() -> dict[int, Year]:
    """Every year of which holidays are known; one that head office imported comes before the portal's own."""
    imported = {row.year: year_of(row) for row in CalendarYear.objects.all()}
    return {**shipped_years(), **imported}


def year_of(row: CalendarYear) -> Year:
    """The year that a row holds."""
    days = tuple(CalendarDay.from_json(day) for day in row.days)
    return Year(row.year, days, row.is_official, row.source)


def year_to_renew(*, today: date) -> int | None:
    """The year whose official arrangement is missing: this one, or from mid-November on the next."""
    wanted = [today.year] + [today.year + 1] * ((today.month, today.day) >= RENEW_FROM)
    # Every page of head office asks; most of the time what comes along is the answer.
    shipped = {year for year, known in shipped_years().items() if known.is_official}
    if shipped.issuperset(wanted):
        return None
    official = shipped | {year for year, known in known_years().items() if known.is_official}
    return next((year for year in wanted if year not in official), None)


def calendar_to_renew(access: Access) -> QuerySet[Branch]:
    """The head office, with ``renew_by``, if the viewer keeps the calendar and a year is missing; else no row."""
    today = timezone.localdate(clocks.now())
    rows: QuerySet[Branch] = Branch.objects.filter(depth=1)
    if not access.has_permission(Permission.MANAGE_BRANCHES) or year_to_renew(today=today) is None:
        rows = rows.none()
    by = end_of_day(date(today.year, *RENEW_BY))
    due: QuerySet[Branch] = rows.annotate(renew_by=ExpressionWrapper(Value(by), output_field=DateTimeField()))
    return due


def _read() -> Calendars:
    days = [day for year in known_years().values() for day in year.days]
    rows = list(Branch.objects.values_list("pk", "path", "opens_at", "closes_at"))
    hours = {path: (opens, closes) for _pk, path, opens, closes in rows if opens and closes}
    bank = WorkCalendar(
        holidays=frozenset(found.day for found in days if found.kind is DayKind.HOLIDAY),
        working_weekends=frozenset(found.day for found in days if found.kind is DayKind.WORKING),
    )
    root = min((path for _pk, path, *_hours in rows), default="")
    if own := hours.get(root):
        bank = replace(bank, opens=own[0], closes=own[1])
    return Calendars(bank, hours, {pk: path for pk, path, *_hours in rows})
