"""The estimates of the likelihood to accept that were made, and why each is used or not."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recruitment.enums import AcceptanceModelVerdict


class AcceptanceTraining(models.Model):
    """One try to estimate the likelihood to accept, kept for good. At most one orders follow-ups.

    ``model`` and ``figures`` are those of ``recruitment.analytics.acceptance``: numbers only, empty where
    there were too few outcomes.
    """

    at = models.DateTimeField()
    n_accepted = models.PositiveIntegerField()
    n_not_accepted = models.PositiveIntegerField()
    verdict = models.CharField(max_length=12, choices=AcceptanceModelVerdict)
    model = models.JSONField(default=dict, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("likelihood-to-accept training run")
        verbose_name_plural = _("likelihood-to-accept training runs")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=Q(is_active=True), name="one_active_acceptance_model"
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | (Q(verdict=AcceptanceModelVerdict.BETTER) & ~Q(model={})),
                name="active_acceptance_model_is_better",
            ),
        ]
