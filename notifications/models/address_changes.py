"""News to an address that a person of the bank has replaced."""

from django.db import models
from django.db.models import Q

from branches.models import Branch
from hrportal.kernel.history import Transition
from hrportal.kernel.outbox import DUE_STATES, OutboxMessage
from notifications.models.recipients import Address


class AddressChangeMessage(OutboxMessage):
    """The candidate is told, where they were reached before, that messages go elsewhere now."""

    address = models.ForeignKey(Address, models.CASCADE, related_name="message")
    # Whom to call.
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=DUE_STATES), name="address_changes_due")
        ]


class AddressChangeTransition(Transition):
    """History of such news."""

    subject = models.ForeignKey(AddressChangeMessage, models.CASCADE, related_name="transitions")
