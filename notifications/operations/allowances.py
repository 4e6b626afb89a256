"""The cap per recipient address, channel and day, held by the database."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from notifications.models import Address, SendAllowance


def take_allowance(*, address: Address, channel: str, now: datetime) -> bool:
    """Count one message for today; False, and nothing counted, when today's cap is reached."""
    row, _ = SendAllowance.objects.get_or_create(
        address=address,
        channel=channel,
        day=timezone.localdate(now),
        defaults={"cap": settings.RECIPIENT_DAILY_CAP},
    )
    taken = SendAllowance.objects.filter(pk=row.pk, sent__lt=F("cap")).update(sent=F("sent") + 1)
    return bool(taken)


def refund_allowance(*, address_id: UUID, channel: str, now: datetime) -> None:
    """Give back what a message that certainly was not taken had counted."""
    SendAllowance.objects.filter(
        address_id=address_id, channel=channel, day=timezone.localdate(now), sent__gt=0
    ).update(sent=F("sent") - 1)
