"""A delivery as the message its provider sends."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from notifications.channels import CHANNELS
from notifications.links import link_of
from notifications.models import Delivery
from notifications.providers.base import OutgoingMessage
from notifications.providers.registry import providers
from notifications.rendering.sms import with_link, with_link_html


def outgoing_message(delivery: Delivery) -> OutgoingMessage:
    """Opened address, rendered bodies with the candidate's own link, keys. Lives in memory only."""
    notice = delivery.notice
    if delivery.address is None:
        raise ValueError("Only a claimed delivery has an address.")
    channel = CHANNELS[delivery.channel]
    link = link_of(notice.pk)
    bodies = {
        content_field: with_link_html(text, link)
        if content_field.endswith("_html")
        else with_link(text, link)
        for content_field, text in notice.bodies.items()
        if isinstance(text, str)
    }
    return OutgoingMessage(
        address=delivery.address.value.decrypt(),
        subject=bodies[channel.subject] if channel.subject else "",
        text=bodies[channel.text],
        html=bodies[channel.html] if channel.html else "",
        fields={
            name: with_link(value, link) for name, value in notice.bodies.get("wechat_fields", {}).items()
        },
        link=link,
        idempotency_key=f"{delivery.pk}-{delivery.attempt}",
        callback_url=callback_url(delivery),
    )


def callback_url(delivery: Delivery) -> str:
    """Where the provider reports; names the delivery, so that news settles even an unknown send."""
    callback = providers()[delivery.provider].callback_path
    if not callback:
        return ""
    address = reverse("provider_callback", args=[callback])
    return f"{settings.PUBLIC_URL}{address}?{urlencode({'delivery': delivery.pk.hex})}"
