"""What HR found out about single hires, and simulations that people asked for."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from performance.enums import CaseReason
from performance.models.hires import Hire


class CaseNote(models.Model):
    """Why somebody with a high score works poorly, as one person wrote it. Rows are only ever added.

    The newest note of a hire holds; those before stay.
    """

    hire = models.ForeignKey(Hire, models.PROTECT, related_name="case_notes")
    reason = models.CharField(_("reason"), max_length=12, choices=CaseReason)
    text = models.CharField(_("findings"), max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("case note")
        verbose_name_plural = _("case notes")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="case_note_says_something")]


class Simulation(models.Model):
    """Seasons whose truth is known, analysed as real ones. The row is the queue; no person is in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    validity = models.FloatField(_("true validity"))
    applicants = models.PositiveIntegerField(_("applicants"))
    seasons = models.PositiveSmallIntegerField(_("seasons"))
    seed = models.PositiveIntegerField(_("seed"))
    computed_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    seconds = models.FloatField(default=0)

    class Meta:
        verbose_name = _("simulation")
        verbose_name_plural = _("simulations")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(validity__gte=0, validity__lte=0.9), name="simulation_validity_is_possible"
            ),
            models.CheckConstraint(
                condition=Q(applicants__gte=100, applicants__lte=5_000), name="simulation_applicants_bounded"
            ),
            models.CheckConstraint(
                condition=Q(seasons__gte=1, seasons__lte=100), name="simulation_seasons_bounded"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(computed_at__isnull=True), name="simulation_waiting"
            ),
            models.Index(fields=["asked_by", "-asked_at"], name="simulation_own_list"),
        ]
