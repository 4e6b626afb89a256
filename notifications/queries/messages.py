"""A delivery as the message its provider sends."""

from functools import cache
from typing import Protocol
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from notifications.channels import CHANNELS
from notifications.links import link_of
from notifications.models import Address, Notice
from notifications.providers.base import OutgoingMessage
from notifications.providers.registry import providers
from notifications.rendering.sms import with_link, with_link_html


class HasMessage(Protocol):
    """A claimed delivery, stored or as plain values."""

    @property
    def pk(self) -> UUID: ...

    channel: str
    attempt: int
    provider: str


def outgoing_message(delivery: HasMessage, *, notice: Notice, address: Address | None) -> OutgoingMessage:
    """Opened address, rendered bodies with the candidate's own link, keys. Lives in memory only."""
    if address is None:
        raise ValueError("Only a claimed delivery has an address.")
    channel, bodies = CHANNELS[delivery.channel], notice.bodies
    link = link_of(notice.pk)
    return OutgoingMessage(
        address=address.value.decrypt(),
        subject=with_link(bodies[channel.subject], link) if channel.subject else "",
        text=with_link(bodies[channel.text], link),
        html=with_link_html(bodies[channel.html], link) if channel.html else "",
        fields={name: with_link(value, link) for name, value in bodies.get("wechat_fields", {}).items()},
        link=link,
        idempotency_key=f"{delivery.pk}-{delivery.attempt}",
        callback_url=callback_url(delivery),
    )


def callback_url(delivery: HasMessage) -> str:
    """Where the provider reports; names the delivery, so that news settles even an unknown send."""
    callback = providers()[delivery.provider].callback_path
    if not callback:
        return ""
    return f"{settings.PUBLIC_URL}{_path_of(callback)}?{urlencode({'delivery': delivery.pk.hex})}"


@cache
def _path_of(callback: str) -> str:
    return reverse("provider_callback", args=[callback])
