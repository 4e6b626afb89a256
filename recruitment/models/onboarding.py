"""What administration prepares for a first day."""

import pghistory
from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from branches.models import Position
from recruitment.models.applications import Application


@pghistory.track()
class ChecklistItem(models.Model):
    """One thing to prepare, for every position or one of them."""

    code = models.SlugField(_("code"), max_length=40)
    name_zh = models.CharField(_("Chinese name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80)
    position = models.ForeignKey(Position, models.PROTECT, null=True, blank=True, related_name="+")
    days_before = models.PositiveSmallIntegerField(_("days before the first day"), default=3)

    class Meta:
        verbose_name = _("checklist item")
        verbose_name_plural = _("checklist items")
        ordering = ["-days_before", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "position"], nulls_distinct=False, name="checklist_item_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh


class OnboardingTask(models.Model):
    """One item of one accepted candidate's checklist."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="onboarding_tasks")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("onboarding task")
        verbose_name_plural = _("onboarding tasks")
        ordering = ["due_on", "item__code"]
        constraints = [models.UniqueConstraint(fields=["application", "item"], name="onboarding_item_once")]
