"""A branch asks the branch that holds a person's claim to let the person go."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from hrportal.kernel.rows import ChangedColumns
from recruitment.enums import ReleaseState
from recruitment.models.applications import Application, Claim


class ReleaseRequest(ChangedColumns):
    """``branch`` is asked, and answers before ``due_at``; ``application`` is the one held elsewhere.

    The asked branch reads who asks and why, and nothing else of the other application.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="release_requests")
    application = models.ForeignKey(Application, models.PROTECT, related_name="release_requests")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ReleaseState, default=ReleaseState.OPEN)
    reason = models.CharField(max_length=500)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    escalate_at = models.DateTimeField(null=True)
    escalated_to = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("release request")
        verbose_name_plural = _("release requests")
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(state=ReleaseState.OPEN), name="one_open_release_request"
            ),
            models.CheckConstraint(
                condition=~Q(state=ReleaseState.REFUSED) | ~Q(answer=""), name="refused_release_has_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "state", "due_at"], name="release_request_list"),
            models.Index(
                fields=["escalate_at"], condition=Q(state=ReleaseState.OPEN), name="release_request_due"
            ),
        ]
