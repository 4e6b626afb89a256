"""Finished analyses: reading a page computes nothing."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Position


class Analysis(models.Model):
    """One season at one branch and all below, for one position or all. The row is the queue.

    It waits for a worker while ``computed_at`` is missing or earlier than ``wanted_at``.
    """

    season = models.CharField(_("season"), max_length=12)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    position = models.ForeignKey(Position, models.PROTECT, null=True, related_name="+")
    wanted_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True)
    # The season's counts of interviews, hires and records, and the newest record, as computed with.
    inputs = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    seconds = models.FloatField(default=0)

    class Meta:
        verbose_name = _("analysis")
        verbose_name_plural = _("analyses")
        constraints = [
            models.UniqueConstraint(
                fields=["season", "branch", "position"], nulls_distinct=False, name="analysis_once_per_scope"
            ),
        ]
        indexes = [
            models.Index(
                fields=["wanted_at"],
                condition=Q(computed_at__isnull=True) | Q(computed_at__lt=F("wanted_at")),
                name="analysis_waiting",
            ),
        ]
