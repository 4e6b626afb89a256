"""What no channel could do: a task for a person, with a deadline."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from notifications.enums import FollowUpKind, FollowUpOutcome, FollowUpState
from notifications.models.deliveries import Delivery
from notifications.models.notices import Notice


class FollowUp(ChangedColumns):
    """Somebody at ``branch`` must act before ``due_at``; afterwards the parent branch sees it too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="follow_ups")
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="follow_ups")
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="follow_ups")
    subject_ref = models.UUIDField(db_index=True)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=24, choices=FollowUpKind)
    detail = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=6, choices=FollowUpState, default=FollowUpState.OPEN)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # When it goes one level further; empty at the head office.
    escalate_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    escalated_to = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=20, choices=FollowUpOutcome, blank=True)
    note = models.CharField(max_length=500, blank=True)
    # Given by the app above while it is open: the higher, the earlier within the same day. It orders
    # the list and is shown nowhere.
    call_priority = models.PositiveSmallIntegerField(null=True, editable=False)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_ref", "kind"],
                condition=Q(state=FollowUpState.OPEN),
                name="one_open_follow_up_of_kind",
            ),
            models.CheckConstraint(
                condition=Q(state=FollowUpState.OPEN, outcome="", done_at__isnull=True)
                | (Q(state=FollowUpState.DONE, done_at__isnull=False) & ~Q(outcome="")),
                name="done_follow_up_has_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "state", "due_at"], name="follow_up_list"),
            models.Index(fields=["escalate_at"], condition=Q(state=FollowUpState.OPEN), name="follow_up_due"),
            models.Index(
                fields=["-done_at", "-id"], condition=Q(state=FollowUpState.DONE), name="follow_up_done_list"
            ),
        ]


class FollowUpTransition(Transition):
    """History of a follow-up."""

    subject = models.ForeignKey(FollowUp, models.CASCADE, related_name="transitions")
