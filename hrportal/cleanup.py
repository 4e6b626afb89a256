"""Rows that would only grow, and how long they are kept; ``tests/test_cleanup.py`` has an answer for every table."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from hrportal.kernel import clocks

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Rule:
    """Rows of a table are removed once a column of theirs lies so many days back.

    Attributes:
        model: its label.
        column: a moment or a day.
        days: 0 for a column that says itself when the row's time is over.
        only: which rows; by default all.
        is_real: the column keeps real time, not business time.
    """

    model: str
    column: str
    days: int
    only: Q | None = None
    is_real: bool = False


RULES = (
    Rule("sessions.Session", "expire_date", 0, is_real=True),
    Rule("branches.StaffSession", "last_seen_at", 30, is_real=True),
    Rule("axes.AccessAttempt", "attempt_time", 30, is_real=True),
    Rule("axes.AccessAttemptExpiration", "expires_at", 0, is_real=True),
    Rule("axes.AccessFailureLog", "attempt_time", 180, is_real=True),
    Rule("axes.AccessLog", "attempt_time", 180, is_real=True),
    Rule("recruitment.IdentityAttempts", "since", 400, is_real=True),
    # The cap counts within a day.
    Rule("notifications.SendRateLimit", "day", 30),
    # The delivery keeps what they proved; those that wait for their accept are not touched.
    Rule("notifications.Receipt", "received_at", 400, ~Q(outcome="")),
    # The notice's history says the same.
    Rule("notifications.NoticeEvent", "consumed_at", 30),
    # So long a repeated message is answered as the first time; a signature holds for minutes.
    Rule("performance.RecordMessage", "received_at", 90),
    # Alerts go with their occasion, messages with their digest.
    Rule("hrportal.Occasion", "at", 180),
    Rule("hrportal.Digest", "made_at", 180),
    Rule("performance.Simulation", "computed_at", 90),
)


def past_its_time(rule: Rule, *, now: datetime) -> QuerySet[Model]:
    """The rows of a rule whose time is over at the business time ``now``."""
    before = clocks.wall_clock() if rule.is_real else now
    return QuerySet(apps.get_model(rule.model)).filter(
        rule.only or Q(), **{f"{rule.column}__lt": before - timedelta(days=rule.days)}
    )


def remove_batch(*, rule: Rule, now: datetime) -> bool:
    """Remove up to ``BATCH`` rows that are past their time; whether there may be more."""
    rows = past_its_time(rule, now=now)
    keys = list(rows.order_by(rule.column).values_list("pk", flat=True)[:BATCH])
    rows.filter(pk__in=keys).delete()
    return len(keys) == BATCH
