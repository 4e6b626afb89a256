"""What head office keeps of the calendar."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@pghistory.track()
class CalendarYear(models.Model):
    """A year as head office imported it; it takes the place of the one that the portal brings along.

    ``days`` are those of ``branches.calendar.CalendarDay.as_json``, in order.
    """

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    days = models.JSONField(_("days"))
    # As published by the State Council; otherwise what was known of it.
    is_official = models.BooleanField(_("official arrangement"))
    source = models.CharField(pgettext_lazy("of a calendar", "source"), max_length=120)
    said_at = models.DateTimeField(_("imported at"))
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("imported by")
    )

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")
        ordering: ClassVar[list[str]] = ["year"]

    def __str__(self) -> str:
        return str(self.year)
