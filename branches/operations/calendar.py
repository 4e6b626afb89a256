"""Keeping the calendar: a year from a file, the working hours of a branch."""

from datetime import datetime, time

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.calendar import CalendarDay
from branches.models import Branch, CalendarYear, User
from branches.queries.calendar import forget_calendars
from hrportal.kernel.refusals import Refused

HOURS_WRONG = _("Work must end after it begins. Leave both empty to use the hours of the branch above.")


@transaction.atomic
def import_year(
    *, year: int, days: tuple[CalendarDay, ...], is_official: bool, source: str, now: datetime, by: User
) -> CalendarYear:
    """Let a year's days take the place of what was known of it; due times that are set already stay."""
    row, _is_new = CalendarYear.objects.update_or_create(
        year=year,
        defaults={
            "days": [day.as_json() for day in days],
            "is_official": is_official,
            "source": source,
            "said_at": now,
            "said_by": by,
        },
    )
    forget_calendars()
    transaction.on_commit(forget_calendars)
    return row


@transaction.atomic
def set_working_hours(*, branch: Branch, opens: time | None, closes: time | None) -> Branch:
    """The hours of a branch and of all below it that have none of their own; None for both: as above.

    Raises:
        Refused: work ends before it begins, or only one of them is given.
    """
    if (opens is None) != (closes is None) or (opens and closes and closes <= opens):
        raise Refused(HOURS_WRONG, field="closes_at")
    branch = Branch.objects.select_for_update().get(pk=branch.pk)
    branch.opens_at, branch.closes_at = opens, closes
    branch.save(update_fields=["opens_at", "closes_at"])
    forget_calendars()
    transaction.on_commit(forget_calendars)
    return branch
