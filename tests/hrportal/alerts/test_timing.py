"""When a person is told: never at night, never on a free day unless it is urgent."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrportal.alerts.timing import Timing, may_tell, next_moment

BANK = ZoneInfo("Asia/Shanghai")
TIMINGS = st.builds(
    Timing,
    hours=st.lists(st.integers(8, 21), unique=True, max_size=4).map(tuple),
    free_weekdays=st.lists(st.integers(0, 4), unique=True, max_size=4).map(tuple),
    away_from=st.just(date(2026, 11, 10)) | st.none(),
    away_until=st.just(date(2026, 11, 24)) | st.none(),
)
MOMENTS = st.integers(0, 60 * 24 * 60).map(
    lambda minutes: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def local(text: str) -> datetime:
    """A moment on the bank's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=BANK)


@pytest.mark.parametrize(
    ("timing", "after", "urgent", "told"),
    [
        (Timing(), "2026-11-04T10:00", False, "2026-11-04T10:00"),
        (Timing(), "2026-11-04T22:00", False, "2026-11-05T08:00"),
        (Timing(), "2026-11-05T03:00", False, "2026-11-05T08:00"),
        (Timing(), "2026-11-06T21:59", False, "2026-11-06T21:59"),
        (Timing(), "2026-11-06T22:30", False, "2026-11-09T08:00"),
        (Timing(), "2026-11-07T10:00", True, "2026-11-07T10:00"),
        (Timing(), "2026-11-07T23:00", True, "2026-11-08T08:00"),
        (Timing(hours=(9, 14)), "2026-11-04T10:00", False, "2026-11-04T14:00"),
        (Timing(hours=(14, 9)), "2026-11-04T08:00", False, "2026-11-04T09:00"),
        (Timing(hours=(9, 14)), "2026-11-06T15:00", False, "2026-11-09T09:00"),
        (Timing(hours=(9,)), "2026-11-04T10:00", True, "2026-11-04T10:00"),
        (Timing(hours=(9,), free_weekdays=(3, 4)), "2026-11-04T10:00", False, "2026-11-09T09:00"),
        (
            Timing(away_from=date(2026, 11, 4), away_until=date(2026, 11, 10)),
            "2026-11-04T10:00",
            False,
            "2026-11-11T08:00",
        ),
    ],
)
def test_the_moment_is_the_next_one_that_suits(timing: Timing, after: str, urgent: bool, told: str) -> None:
    assert next_moment(timing, after=local(after), urgent=urgent) == local(told)


@given(timing=TIMINGS, after=MOMENTS, urgent=st.booleans())
def test_whatever_was_chosen_nobody_is_told_at_night_or_on_a_free_day(
    timing: Timing, after: datetime, urgent: bool
) -> None:
    moment = next_moment(timing, after=after, urgent=urgent)
    assert moment >= after
    assert may_tell(timing, moment, urgent=urgent)
    shown = moment.astimezone(BANK)
    assert 8 <= shown.hour < 22
    if not urgent:
        assert shown.weekday() < 5
        assert shown.weekday() not in timing.free_weekdays
    if timing.hours and not urgent:
        assert (shown.hour, shown.minute) in {(hour, 0) for hour in timing.hours}
    else:
        assert moment - after < timedelta(days=25)
