"""Performance targets: what a position is expected to reach, and by when."""

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Position


@pghistory.track()
class Target(models.Model):
    """One target of a position; a branch's own one replaces the bank's of the same code."""

    code = models.SlugField(_("code"), max_length=60)
    position = models.ForeignKey(Position, models.PROTECT, related_name="targets")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+")
    text_zh = models.CharField(_("Chinese text"), max_length=160)
    text_en = models.CharField(_("English text"), max_length=160)
    threshold = models.DecimalField(_("threshold"), max_digits=10, decimal_places=2)
    unit_zh = models.CharField(max_length=20, blank=True)
    unit_en = models.CharField(max_length=20, blank=True)
    months = models.PositiveSmallIntegerField(_("period in months"))
    order = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name = _("performance target")
        verbose_name_plural = _("performance targets")
        ordering = ["position", "order", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "position", "branch"], nulls_distinct=False, name="target_once_per_branch"
            ),
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=60), name="target_months_1_to_60"),
        ]

    def __str__(self) -> str:
        return f"{self.position_id} {self.code}"
