"""What one person asked for and a second one approves, and the messages that bring staff their links."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.enums import (
    ApprovalKind,
    ApprovalState,
    StaffChannel,
    StaffMessageKind,
)
from branches.models.bank import Branch, User
from hrportal.kernel.history import Transition
from hrportal.kernel.outbox import DUE_STATES, OutboxMessage


class ApprovalRequest(models.Model):
    """One act that waits for a second person; what is done then is the act's own of its kind.

    Names no candidate: ``subject`` is a table and key, ``content`` codes, keys and contacts of staff.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=ApprovalKind)
    subject = models.CharField(max_length=200)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    # What will be done, as the act of this kind wrote it.
    content = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ApprovalState)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[ApprovalState.APPROVED, ApprovalState.REFUSED])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="request_is_decided_by_another",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(state=ApprovalState.WAITING),
                name="one_waiting_request",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(state__in=[ApprovalState.WAITING, ApprovalState.IN_FORCE]),
                name="request_open",
            ),
            models.Index(fields=["asked_by", "-asked_at"], name="request_own_list"),
        ]


class ApprovalRequestTransition(Transition):
    """History of a request for approval."""

    subject = models.ForeignKey(ApprovalRequest, models.CASCADE, related_name="transitions")


class StaffMessage(OutboxMessage):
    """A message to a member of staff. A link is made when it is sent and stored nowhere."""

    user = models.ForeignKey(User, models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=20, choices=StaffMessageKind)
    # As it was when the message was asked for: news of a new address goes to the old one.
    address = models.CharField(max_length=254)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=DUE_STATES), name="staff_message_due")
        ]

    def get_channel_display(self) -> str:
        """The channel in words."""
        return str(StaffChannel(self.channel).label)
