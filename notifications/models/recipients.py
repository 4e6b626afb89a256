"""Whom a notice reaches, and every address that was ever given for them."""

import uuid

from django.db import models

from hrportal.kernel.fields import EncryptedField
from notifications.enums import AddressKind, AddressState, Language


class Recipient(models.Model):
    """A person as the channels see them: a name, a language and addresses."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    language = models.CharField(max_length=10, choices=Language, default=Language.CHINESE)

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """One phone number, mailbox or account, encrypted; the newest usable one of a kind is written to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(Recipient, models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, choices=AddressKind)
    value = EncryptedField()
    # hrportal.kernel.encryption.blind_index of the normalised value, purpose "address:<kind>".
    index = models.BinaryField(max_length=32)
    # When the sender's event named it: the newest by event time wins, whatever arrived first.
    event_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=AddressState, default=AddressState.USABLE)
    state_reason = models.CharField(max_length=80, blank=True)
    given_by_staff = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "kind", "index"], name="address_once_per_recipient"),
        ]
        indexes = [models.Index(fields=["kind", "index"], name="address_by_value")]
