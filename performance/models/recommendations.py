"""What the analysis advises, who signed it, and what became of it."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Position
from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from notifications.models import ChannelPlan
from performance.enums import (
    GONE_STATES,
    OPEN_STATES,
    SIGNED_STATES,
    RecommendationKind,
    RecommendationState,
)


class Recommendation(ChangedColumns):
    """One finding of one season and place on its way. While signed, the row is the queue of the sender.

    ``content`` to ``last_season`` are as ``performance.analytics.advice.finding.Finding`` has them. From
    the signature on a trigger of the database refuses every change of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=24, choices=RecommendationKind)
    # The group or channel it is about; "" for all.
    subject = models.CharField(max_length=80, blank=True)
    season = models.CharField(_("season"), max_length=12)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    position = models.ForeignKey(Position, models.PROTECT, null=True, related_name="+")
    # Counts up by kind, subject and place through all seasons.
    version = models.PositiveSmallIntegerField(_("version"))
    strength = models.CharField(max_length=16)
    content = models.JSONField()
    evidence = models.JSONField()
    fairness = models.JSONField()
    last_season = models.JSONField()
    state = models.CharField(
        _("state"), max_length=12, choices=RecommendationState, default=RecommendationState.FOUND
    )
    found_at = models.DateTimeField()
    state_at = models.DateTimeField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    # SHA-256 of what was signed; checked again before every send.
    content_hash = models.CharField(max_length=64, blank=True)
    # When the webhook is sent, or sent again; a sender that holds the row has moved it into the future.
    send_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    code = models.CharField(max_length=80, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    draft_plan = models.ForeignKey(ChannelPlan, models.SET_NULL, null=True, related_name="+")
    # What the next season showed; see performance.analytics.advice.outcomes.
    outcome = models.JSONField(null=True)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "season", "branch", "position"],
                condition=~Q(state__in=GONE_STATES),
                nulls_distinct=False,
                name="finding_dealt_with_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject", "branch", "position", "version"],
                nulls_distinct=False,
                name="recommendation_version_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=SIGNED_STATES)
                | (Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(content_hash="")),
                name="signed_recommendation_has_signature",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True)
                | (Q(proposed_by__isnull=False) & ~Q(signed_by=F("proposed_by"))),
                name="recommendation_signed_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=RecommendationState.PROPOSED)
                | (Q(proposed_by__isnull=False) & ~Q(comment="")),
                name="proposed_recommendation_has_comment",
            ),
            models.CheckConstraint(
                condition=(Q(state=RecommendationState.SIGNED) & Q(send_at__isnull=False))
                | (~Q(state=RecommendationState.SIGNED) & Q(send_at__isnull=True)),
                name="only_signed_recommendation_is_due",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=OPEN_STATES) | Q(signed_by__isnull=True),
                name="open_recommendation_is_unsigned",
            ),
        ]
        indexes = [
            models.Index(fields=["state_at", "id"], name="recommendation_list"),
            models.Index(
                fields=["send_at"], condition=Q(state=RecommendationState.SIGNED), name="recommendation_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.season} v{self.version}"

    def moved(self, *, was: str, now: datetime) -> None:
        """Since when it is in its state; only what is signed is due to be sent."""
        if was != self.state:
            self.state_at = now
        if self.state != RecommendationState.SIGNED:
            self.send_at = None

    @property
    def message_id(self) -> str:
        """The webhook-id of every attempt to send this: the receiver tells by it what it has already."""
        return f"recommendation-{self.pk}"


class RecommendationTransition(Transition):
    """History of a recommendation."""

    subject = models.ForeignKey(Recommendation, models.CASCADE, related_name="transitions")
