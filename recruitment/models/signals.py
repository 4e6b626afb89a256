"""The raw signal, stored exactly once before anything is decided."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from hrportal.kernel.fields import EncryptedField
from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from recruitment.enums import QuarantineReason, SignalState


class InterviewSignal(ChangedColumns):
    """One webhook delivery, or one line of a batch (``<webhook-id>:<line>``).

    The body is encrypted; ``body_index`` (blind index of the raw bytes, purpose "signal") tells a
    repeat of the same id from an id used for something else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook_id = models.CharField(max_length=200, unique=True)
    body = EncryptedField()
    body_index = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=SignalState, default=SignalState.RECEIVED)
    processed_at = models.DateTimeField(null=True)
    quarantine_reason = models.CharField(max_length=20, choices=QuarantineReason, blank=True)
    # What exactly is wrong, in codes only ("440299", "checksum"): never a name or number of a person.
    quarantine_detail = models.CharField(max_length=200, blank=True)
    # Where the quarantine is looked after: the branch if it is known, else the head office.
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, related_name="+")
    application = models.ForeignKey(
        "recruitment.Application", models.PROTECT, null=True, related_name="signals"
    )
    note = models.CharField(max_length=200, blank=True)
    # What a person of the bank put right: JSON, see recruitment.correction. The body stays as it came.
    corrections = EncryptedField(null=True)
    # Quarantine reasons that two people confirmed to be no fault.
    confirmed = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    # Since then the body is empty, as the retention rules say.
    emptied_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("interview result")
        verbose_name_plural = _("interview results")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=SignalState.QUARANTINED) | ~Q(quarantine_reason=""),
                name="quarantine_has_reason",
            ),
            # An empty body can be taken in no more.
            models.CheckConstraint(
                condition=Q(emptied_at__isnull=True)
                | ~Q(state__in=[SignalState.RECEIVED, SignalState.QUARANTINED]),
                name="emptied_signal_is_over",
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], condition=Q(state=SignalState.RECEIVED), name="signal_waiting"
            ),
            models.Index(
                fields=["-received_at"], condition=Q(state=SignalState.QUARANTINED), name="signal_quarantine"
            ),
            models.Index(
                fields=["received_at"],
                condition=Q(application__isnull=True, emptied_at__isnull=True)
                & ~Q(state=SignalState.RECEIVED),
                name="signal_of_nobody",
            ),
        ]


class SignalTransition(Transition):
    """History of a signal."""

    subject = models.ForeignKey(InterviewSignal, models.CASCADE, related_name="transitions")
