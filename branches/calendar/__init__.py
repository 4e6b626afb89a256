"""The bank's calendar, pure: which days and hours are worked, and counting in them; the files of a year."""

from branches.calendar.files import CalendarDay, DayKind, Year, read_year, shipped_years
from branches.calendar.working_time import DueTimes, WorkCalendar

__all__ = ["CalendarDay", "DayKind", "DueTimes", "WorkCalendar", "Year", "read_year", "shipped_years"]
