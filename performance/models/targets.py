"""Performance targets: what a position is expected to reach, and by when; every version stays."""

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Position

SEASON = RegexValidator(r"^[0-9]{4}-[a-z]{2,7}\Z", _("Enter the season as 2026-autumn, or leave it empty."))


class TargetContent(models.Model):
    """What a target says; a change of any of these makes a new version."""

    text_zh = models.CharField(_("Chinese text"), max_length=160)
    text_en = models.CharField(_("English text"), max_length=160)
    threshold = models.DecimalField(_("threshold"), max_digits=10, decimal_places=2)
    unit_zh = models.CharField(max_length=20, blank=True)
    unit_en = models.CharField(max_length=20, blank=True)
    months = models.PositiveSmallIntegerField(_("period in months"))
    order = models.PositiveSmallIntegerField(default=1)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True


CONTENT = ("text_zh", "text_en", "threshold", "unit_zh", "unit_en", "months", "order", "active")


@pghistory.track()
class Target(TargetContent):
    """One target of a position as notices name it from now on.

    A branch's own one replaces the bank's of the same code; at the same branch, that of the season
    replaces the one for every season. What was said before stays in ``versions``.
    """

    code = models.SlugField(_("code"), max_length=60)
    position = models.ForeignKey(Position, models.PROTECT, related_name="targets")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+")
    # Empty: every season that has none of its own.
    season = models.CharField(_("season"), max_length=12, blank=True, validators=[SEASON])
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta:
        verbose_name = _("performance target")
        verbose_name_plural = _("performance targets")
        ordering = ["position", "order", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "position", "branch", "season"],
                nulls_distinct=False,
                name="target_once_per_branch_and_season",
                violation_error_message=_(
                    "This position already has a target with this code for this branch and season. Change the existing target."
                ),
            ),
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=60), name="target_months_1_to_60"),
            models.CheckConstraint(condition=Q(version__gte=1), name="target_version_from_1"),
        ]

    def __str__(self) -> str:
        return self.code


class TargetVersion(TargetContent):
    """What a target said from one moment on. Rows are only ever added: notices refer to them by number."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["target", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["target", "number"], name="target_version_once"),
        ]
        triggers = [
            pgtrigger.Protect(name="stays_as_it_is", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
