"""Each message on each channel, what its provider said later, and the cap per recipient and day."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.history import Transition
from hrportal.kernel.rows import ChangedColumns
from notifications.enums import ChannelCode, DeliveryState, ReceiptOutcome, StepCondition
from notifications.models.notices import Approval, Notice
from notifications.models.recipients import Address
from notifications.providers.base import Evidence
from notifications.rules.rows import set_times_of_state


class Delivery(ChangedColumns):
    """One attempt to reach the recipient on one channel. The row is the queue.

    A new ``attempt`` is made only by a person or a corrected address, never by a retry: retries of
    a call that certainly was not taken stay inside the attempt.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="deliveries")
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelCode)
    attempt = models.PositiveSmallIntegerField(default=1)
    order = models.PositiveSmallIntegerField()
    condition = models.CharField(max_length=10, choices=StepCondition)
    urgent = models.BooleanField(default=False)
    address = models.ForeignKey(Address, models.PROTECT, null=True, related_name="deliveries")
    # Name of the provider that it was last handed to; who asks later, asks there.
    provider = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PLANNED)
    due_at = models.DateTimeField()
    # Retries of calls that were certainly not taken; throttling does not count.
    retries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    # Look-ups made after the outcome became unknown.
    look_ups = models.PositiveSmallIntegerField(default=0)
    provider_id = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=80, blank=True)
    accepted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When the portal itself asks next what became of it: a look-up while the outcome is unknown, a poll
    # while what a last resort took is silent. Empty where it asks no more.
    check_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel", "attempt"], name="one_delivery_per_attempt"),
            models.UniqueConstraint(
                fields=["provider", "provider_id"], condition=~Q(provider_id=""), name="provider_id_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ])
                | Q(accepted_at__isnull=False),
                name="taken_delivery_has_accept_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[DeliveryState.SENDING, DeliveryState.UNKNOWN]) | ~Q(provider=""),
                name="delivery_in_flight_names_provider",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                include=["channel"],
                condition=Q(state=DeliveryState.PLANNED),
                name="delivery_due",
            ),
            models.Index(
                fields=["state", "claimed_at"],
                condition=Q(state__in=[DeliveryState.SENDING, DeliveryState.UNKNOWN]),
                name="delivery_in_flight",
            ),
            models.Index(fields=["-due_at", "-id"], name="delivery_list"),
            models.Index(
                fields=["state", "check_at"], condition=Q(check_at__isnull=False), name="delivery_check"
            ),
            # Numbers of the last day, read from the index alone.
            models.Index(
                fields=["claimed_at"],
                include=["channel", "state"],
                condition=Q(claimed_at__isnull=False),
                name="delivery_of_the_day",
            ),
        ]

    def moved(self, *, was: str, now: datetime) -> None:
        """Columns that follow from the state."""
        set_times_of_state(self, now=now)


class DeliveryTransition(Transition):
    """History of a delivery."""

    subject = models.ForeignKey(Delivery, models.CASCADE, related_name="transitions")


class SendRateLimit(models.Model):
    """How often one address was written to on one channel and day; the database holds the cap.

    No bug above can send five hundred messages to one person: the row's check refuses.
    """

    address = models.ForeignKey(Address, models.CASCADE, related_name="allowances")
    channel = models.CharField(max_length=10, choices=ChannelCode)
    day = models.DateField()
    sent = models.PositiveSmallIntegerField(default=0)
    cap = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address", "channel", "day"], name="one_allowance_per_day"),
            models.CheckConstraint(condition=Q(sent__lte=F("cap")), name="daily_cap_holds"),
            models.CheckConstraint(condition=Q(cap__lte=20), name="daily_cap_is_small"),
        ]
        indexes = [models.Index(fields=["day"], name="send_allowance_to_remove")]


class Receipt(models.Model):
    """One verified callback line, stored before it is understood; may come before the accept."""

    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=120)
    evidence = models.CharField(max_length=10, choices=[(e.value, e.value) for e in Evidence])
    dedupe_key = models.CharField(max_length=200)
    code = models.CharField(max_length=80, blank=True)
    address_is_bad = models.BooleanField(default=False)
    occurred_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    # When it is looked at: at once, and while its accept is not recorded after pauses that grow.
    due_at = models.DateTimeField()
    delivery = models.ForeignKey(Delivery, models.CASCADE, null=True, related_name="receipts")
    outcome = models.CharField(max_length=10, choices=ReceiptOutcome, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "dedupe_key"], name="receipt_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(outcome=""), name="receipt_waiting"),
            models.Index(fields=["provider", "provider_id"], name="receipt_by_provider_id"),
            models.Index(fields=["received_at"], condition=~Q(outcome=""), name="receipt_to_remove"),
        ]
