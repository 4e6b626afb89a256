"""First days that one side proposed to the other after the notice went out."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recruitment.enums import ProposalState
from recruitment.models.applications import Application


class FirstDayProposal(models.Model):
    """A day that waits for the other side's answer; ``by`` is empty where the candidate proposed it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.CASCADE, related_name="first_day_proposals")
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ProposalState, default=ProposalState.OPEN)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("proposed first day")
        verbose_name_plural = _("proposed first days")
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(state=ProposalState.OPEN), name="one_open_first_day"
            ),
            models.CheckConstraint(
                condition=Q(state=ProposalState.OPEN, decided_at__isnull=True)
                | (~Q(state=ProposalState.OPEN) & Q(decided_at__isnull=False)),
                name="decided_first_day_has_time",
            ),
        ]
