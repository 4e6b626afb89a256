"""Business time: what due times, quiet hours and escalations run on.

In production it is the real clock. A demonstration lets it run faster (``CLOCK_RATE`` business
seconds a real second, from ``CLOCK_BUSINESS_EPOCH`` at the real moment ``CLOCK_REAL_EPOCH``), so
that an hour unread shows within a minute and every rule stays exactly as in production. What the
wire needs (time-outs, signatures, sessions) keeps real time.
"""

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings


def now() -> datetime:
    """The present business time, aware, in UTC."""
    real = time.time()
    if settings.CLOCK_RATE == 1.0 and not settings.CLOCK_BUSINESS_EPOCH:
        return datetime.fromtimestamp(real, UTC)
    elapsed = (real - settings.CLOCK_REAL_EPOCH) * settings.CLOCK_RATE
    return datetime.fromtimestamp(settings.CLOCK_BUSINESS_EPOCH + elapsed, UTC)


def wall_clock() -> datetime:
    """The real clock, aware, in UTC: for what keeps real time."""
    return datetime.fromtimestamp(time.time(), UTC)


def real_seconds(span: timedelta) -> float:
    """How many seconds of real time a span of business time took."""
    return span.total_seconds() / settings.CLOCK_RATE


def business_span(span: timedelta) -> timedelta:
    """How much business time passes in a span of real time: providers and delays count real seconds."""
    return span * settings.CLOCK_RATE
