"""Tables that every app needs and none owns. No row names a person or a branch."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class FailedRow(models.Model):
    """A row that a sweep could not process: left out until ``next_attempt_at``, while its neighbours go on.

    ``row_key`` is a primary key of whatever table the sweep reads. ``error`` is the class of the exception
    and ``raised_at`` the place in the code; its text may hold personal data and is kept nowhere.
    """

    sweep = models.CharField(max_length=60)
    row_key = models.CharField(max_length=64)
    attempts = models.PositiveIntegerField(default=1)
    next_attempt_at = models.DateTimeField()
    error = models.CharField(max_length=80)
    raised_at = models.CharField(max_length=120)
    first_failed_at = models.DateTimeField()
    last_failed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("failed row")
        verbose_name_plural = _("failed rows")
        constraints = [models.UniqueConstraint(fields=["sweep", "row_key"], name="failed_row_once_per_sweep")]
        indexes = [models.Index(fields=["sweep", "next_attempt_at"], name="failed_row_next_attempt")]
