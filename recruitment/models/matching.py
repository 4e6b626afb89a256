"""Who somebody is, where no number says it: proposed by one person of the bank, confirmed by another."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from recruitment.enums import OPEN_MATCH_STATES, MatchKind, MatchState
from recruitment.models.applications import Application
from recruitment.models.people import Person
from recruitment.models.signals import InterviewSignal


class MatchReview(models.Model):
    """About one signal in quarantine, or about two persons (``person`` and ``other``).

    ``branch`` stands above all that it shows. ``subject`` is the quarantine reason that was proposed to be
    no fault; ``standing`` the application whose offer stands where both persons have one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=MatchKind)
    state = models.CharField(max_length=10, choices=MatchState)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    signal = models.ForeignKey(InterviewSignal, models.CASCADE, null=True, related_name="reviews")
    subject = models.CharField(max_length=20, blank=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="reviews")
    other = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    standing = models.ForeignKey(Application, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    found_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("identity review")
        verbose_name_plural = _("identity reviews")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=MatchState.CONFIRMED)
                | (
                    Q(proposed_by__isnull=False, decided_by__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                    & ~Q(reason="")
                ),
                name="match_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state=MatchState.PROPOSED) | Q(proposed_by__isnull=False),
                name="proposed_match_has_proposer",
            ),
            models.UniqueConstraint(
                fields=["signal"], condition=Q(state=MatchState.PROPOSED), name="one_open_match_of_signal"
            ),
            models.UniqueConstraint(
                fields=["person", "other"],
                condition=Q(state__in=OPEN_MATCH_STATES),
                name="one_open_match_of_pair",
            ),
        ]
        indexes = [models.Index(fields=["-found_at", "-id"], name="match_review_list")]
