"""A delivery as the message its channel sends."""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from notifications.channels.base import OutgoingMessage
from notifications.enums import ChannelCode
from notifications.links import link_of
from notifications.models import Delivery
from notifications.rendering.sms import with_link, with_link_html

CALLBACK_VIEWS = {ChannelCode.SMS: "twilio_status"}


def outgoing_message(delivery: Delivery) -> OutgoingMessage:
    """Opened address, rendered bodies with the candidate's own link, keys. Lives in memory only."""
    notice = delivery.notice
    if delivery.address is None:
        raise ValueError("Only a claimed delivery has an address.")
    link = link_of(notice.pk)
    bodies = {
        content_field: with_link_html(text, link)
        if content_field.endswith("_html")
        else with_link(text, link)
        for content_field, text in notice.bodies.items()
        if isinstance(text, str)
    }
    subject, text, html = _texts(ChannelCode(delivery.channel), bodies)
    return OutgoingMessage(
        address=delivery.address.value.decrypt(),
        subject=subject,
        text=text,
        html=html,
        fields={
            name: with_link(value, link) for name, value in notice.bodies.get("wechat_fields", {}).items()
        },
        link=link,
        idempotency_key=f"{delivery.pk}-{delivery.attempt}",
        callback_url=callback_url(delivery),
    )


def callback_url(delivery: Delivery) -> str:
    """Where the provider reports; names the delivery, so that news settles even an unknown send."""
    view = CALLBACK_VIEWS.get(ChannelCode(delivery.channel))
    if view is None:
        return ""
    return f"{settings.PUBLIC_URL}{reverse(view)}?{urlencode({'delivery': delivery.pk.hex})}"


def _texts(channel: ChannelCode, bodies: dict[str, str]) -> tuple[str, str, str]:
    match channel:
        case ChannelCode.SMS:
            return "", bodies["sms"], ""
        case ChannelCode.EMAIL:
            return bodies["email_subject"], bodies["email_text"], bodies["email_html"]
        case _:
            return bodies["app_title"], bodies["email_text"], bodies["app_html"]
