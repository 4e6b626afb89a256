"""What the portal as a whole remembers of itself, and what it tells its staff."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from branches.models import User
from hrportal.alerts.enums import AlertChannels, AlertEvent, AlertTiming
from hrportal.kernel.history import Transition
from hrportal.kernel.outbox import DUE_STATES, OutboxMessage

# Nobody asks to be written to at night.
DIGEST_HOURS = range(8, 22)
DEFAULT_HOURS = (9, 14)
MOST_DIGESTS_A_DAY = 20


class TaskRun(models.Model):
    """How a periodic task fared lately, whichever worker ran it. All times are real time.

    Attributes:
        known_since: when the task came into the schedule of this database.
        last_error: the class of the exception, without its text, which may name a person.
        seconds: how long the last successful run took.
    """

    task = models.CharField(max_length=120, primary_key=True)
    known_since = models.DateTimeField()
    last_start = models.DateTimeField(null=True)
    last_success = models.DateTimeField(null=True)
    last_error_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=80, blank=True, default="")
    seconds = models.FloatField(null=True)


def default_hours() -> list[int]:
    """The hours of whoever chose none."""
    return list(DEFAULT_HOURS)


class AlertPreference(models.Model):
    """How one member of staff wants to be told; whoever has no row is told by the defaults.

    Attributes:
        hours: of digests, on the bank's clock.
        free_weekdays: days without work beside those that the whole branch has free; ``date.weekday()``.
        away_from: first day of an absence.
        away_until: its last day.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="alert_preference")
    channels = models.CharField(max_length=5, choices=AlertChannels, default=AlertChannels.WECOM)
    timing = models.CharField(max_length=7, choices=AlertTiming, default=AlertTiming.AT_ONCE)
    hours = ArrayField(models.PositiveSmallIntegerField(), default=default_hours)
    free_weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list)
    away_from = models.DateField(null=True)
    away_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hours__contained_by=list(DIGEST_HOURS), hours__len__gte=1),
                name="alert_hours_are_at_day",
            ),
            models.CheckConstraint(
                condition=Q(free_weekdays__contained_by=list(range(5)), free_weekdays__len__lte=4),
                name="alert_week_has_a_workday",
            ),
            models.CheckConstraint(
                condition=Q(away_from__isnull=True, away_until__isnull=True)
                | Q(away_from__isnull=False, away_until__isnull=False, away_until__gte=F("away_from")),
                name="alert_absence_has_both_ends",
            ),
        ]


class Occasion(models.Model):
    """Something happened of which somebody has to be told; written in the transaction of what happened.

    Names no person of whom it is: ``work`` is a code of ``hrportal.alerts.works``, ``reference`` a key there.

    Attributes:
        by: who did it, and is not told.
        spread_at: when it was found out who is told.
        check_at: when it is looked at next: first to be spread, then whether it is still to be done.
        settled_at: when there was nothing to do any more.
    """

    work = models.CharField(max_length=20)
    event = models.CharField(max_length=10, choices=AlertEvent)
    reference = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    spread_at = models.DateTimeField(null=True)
    check_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "work", "event", "at"], name="occasion_once"),
        ]
        indexes = [
            models.Index(fields=["check_at"], condition=Q(settled_at__isnull=True), name="occasion_due"),
            models.Index(fields=["at"], name="occasion_to_remove"),
        ]


class Digest(models.Model):
    """What one member of staff is told at one moment; open until the first of its messages leaves."""

    user = models.ForeignKey(User, models.CASCADE, related_name="digests")
    day = models.DateField()
    # Of the day: the database holds the cap.
    number = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "day", "number"], name="digest_number_once"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(closed_at__isnull=True), name="one_open_digest"
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST_DIGESTS_A_DAY), name="digests_of_a_day_are_few"
            ),
        ]
        indexes = [models.Index(fields=["made_at"], name="digest_to_remove")]


class Alert(models.Model):
    """One occasion as one member of staff has it: in the inbox at once, in a digest when it is due."""

    user = models.ForeignKey(User, models.CASCADE, related_name="alerts")
    occasion = models.ForeignKey(Occasion, models.CASCADE, related_name="alerts")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # Told on free days, too.
    urgent = models.BooleanField(default=False)
    digest = models.ForeignKey(Digest, models.SET_NULL, null=True, related_name="alerts")
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["occasion", "user"], name="told_once")]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(digest__isnull=True, read_at__isnull=True), name="alert_due"
            ),
            models.Index(fields=["user", "-made_at", "-id"], name="alert_inbox"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="alert_unread"),
        ]


class DigestMessage(OutboxMessage):
    """One digest on one channel. Text and address are made when it is sent and stored nowhere."""

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="messages")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "channel"], name="digest_once_a_channel")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=DUE_STATES), name="digest_message_due")
        ]


class DigestMessageTransition(Transition):
    """History of a digest on its channel."""

    subject = models.ForeignKey(DigestMessage, models.CASCADE, related_name="transitions")


class ProviderOutage(models.Model):
    """A provider that took nothing for a while although messages waited for it."""

    provider = models.CharField(max_length=20)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider"], condition=Q(ended_at__isnull=True), name="one_open_outage"
            ),
        ]
