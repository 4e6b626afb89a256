"""A recruiting season, from the moment on at which somebody closes it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from recruitment.enums import SeasonState


class Season(ChangedColumns):
    """The season that applications name; one without a row is open.

    While it closes, the row is the queue of what is still to be ended. ``figures`` are as
    ``recruitment.queries.seasons.figures_of`` counted them when it was closed.
    """

    code = models.CharField(_("season"), max_length=12, unique=True)
    state = models.CharField(max_length=8, choices=SeasonState, default=SeasonState.OPEN)
    state_at = models.DateTimeField()
    figures = models.JSONField(null=True)

    class Meta:
        verbose_name = _("season")
        verbose_name_plural = _("seasons")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=SeasonState.CLOSED, figures__isnull=False)
                | (~Q(state=SeasonState.CLOSED) & Q(figures__isnull=True)),
                name="closed_season_has_figures",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class SeasonTransition(Transition):
    """History of a season: closed, opened again, by whom and why."""

    subject = models.ForeignKey(Season, models.CASCADE, related_name="transitions")
