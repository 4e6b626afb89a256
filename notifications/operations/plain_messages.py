"""What ``hrportal.kernel.outbox`` sends leaves by the same channels as notices, without a notice."""

from django.conf import settings

from notifications.providers.base import OutgoingMessage
from notifications.providers.deadlines import within
from notifications.providers.registry import choose, providers_of


def send(*, channel: str, address: str, subject: str, text: str, link: str, key: str) -> tuple[str, str, str]:
    """Call one of the channel's providers once.

    Returns:
        The outcome's word, the provider's name for the message, and its code.

    Raises:
        LookupError: the bank has none.
    """
    provider = choose(providers_of(channel))
    if provider is None:
        raise LookupError(channel)
    message = OutgoingMessage(
        address=address,
        subject=subject,
        text=text,
        link=link or settings.PUBLIC_URL,
        idempotency_key=key,
    )
    with within(settings.PROVIDER_TIMEOUT_SECONDS):
        result = provider.send(message)
    return result.outcome.value, result.provider_id, result.code
