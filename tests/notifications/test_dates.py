"""The dates of a notice, without a database."""

from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from branches.calendar import WorkCalendar
from branches.calendar.working_time import end_of_day
from notifications.dates import earliest_first_day, faults_of, last_day_to_reply
from notifications.rendering.variables import FACTS, Group, Value, ValueKind

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - a bound


def test_reply_by_the_9th_holds_for_the_whole_of_the_9th() -> None:
    end = timezone.localtime(end_of_day(date(2026, 11, 9)))
    assert (end.date(), end.hour, end.minute) == (date(2026, 11, 9), 23, 59)


@given(now=MOMENTS, reply_days=st.integers(1, 60), hours=st.integers(0, 1_400), ahead=st.integers(0, 90))
def test_what_is_written_now_is_not_too_old_now(
    now: datetime, reply_days: int, hours: int, ahead: int
) -> None:
    hours = min(hours, reply_days * 24 - 12)
    first_day = earliest_first_day(now=now, min_reply_hours=hours) + timedelta(days=ahead)
    day = last_day_to_reply(now=now, reply_days=reply_days, onboarding_on=first_day, calendar=WorkCalendar())
    assert day < first_day
    assert not faults_of(reply_by=end_of_day(day), onboarding_on=first_day, min_reply_hours=hours, now=now)


@given(now=MOMENTS, first_day=DAYS, hours=st.integers(0, 200))
def test_a_first_day_before_the_earliest_is_too_close(now: datetime, first_day: date, hours: int) -> None:
    far = now + timedelta(days=4_000)
    faults = faults_of(reply_by=far, onboarding_on=first_day, min_reply_hours=hours, now=now)
    assert bool(faults) == (first_day < earliest_first_day(now=now, min_reply_hours=hours))


def test_every_date_that_a_text_may_carry_is_asked_about() -> None:
    dates = {
        name
        for name, group in FACTS.items()
        if isinstance(group, Group)
        for entry in group.members.values()
        if isinstance(entry, Value) and entry.kind is ValueKind.DATE
    }
    assert dates == {"reply_by", "onboarding"}
