"""What ``hrportal.kernel.outbox`` sends leaves by the same channels as notices, without a notice."""

from django.conf import settings

from notifications.channels.base import OutgoingMessage
from notifications.channels.deadlines import within
from notifications.channels.registry import get_channel


def send(*, channel: str, address: str, subject: str, text: str, link: str, key: str) -> tuple[str, str, str]:
    """Call the channel's provider once; returns the outcome's word, the provider's name for it, and its code."""
    message = OutgoingMessage(
        address=address,
        subject=subject,
        text=text,
        link=link or settings.PUBLIC_URL,
        idempotency_key=key,
        callback_url="",
    )
    with within(settings.PROVIDER_TIMEOUT_SECONDS):
        result = get_channel(channel).send(message)
    return result.outcome.value, result.provider_id, result.code
