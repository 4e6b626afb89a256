"""News to candidates about an offer whose notice went out."""

from django.db import models
from django.db.models import Q

from hrportal.kernel.history import Transition
from hrportal.kernel.outbox import DUE_STATES, OutboxMessage
from notifications.enums import NoticeUpdateKind
from notifications.models.notices import Notice
from notifications.models.recipients import Address


class NoticeUpdate(OutboxMessage):
    """One piece of news on one channel; where that fails, a row for the next channel follows."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="updates")
    kind = models.CharField(max_length=20, choices=NoticeUpdateKind)
    # Empty once nobody knows any more who it went to.
    address = models.ForeignKey(Address, models.PROTECT, null=True, related_name="updates")
    # The first day it speaks of.
    day = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=DUE_STATES), name="notice_updates_due")
        ]


class NoticeUpdateTransition(Transition):
    """History of such news."""

    subject = models.ForeignKey(NoticeUpdate, models.CASCADE, related_name="transitions")
