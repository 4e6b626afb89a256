"""The channels, as policy: which address each needs, what it says, when it keeps still. Pure.

Which wire carries its messages is a matter of ``notifications.providers``.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.utils import timezone

from notifications.enums import AddressKind, ChannelCode

QUIET_FROM = time(22, 0)
QUIET_UNTIL = time(8, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What holds for every message on a channel, whoever carries it."""

    address: AddressKind
    # The rendered bodies of a notice that its messages are made of; an empty name is an empty text.
    subject: str = "app_title"
    text: str = "email_text"
    html: str = "app_html"
    # Nothing leaves in quiet hours unless the plan's step is urgent.
    observes_quiet_hours: bool = False
    # A failure, or no news for a day after the accept, is a person's task: nothing follows this channel.
    is_last_resort: bool = False


CHANNELS: dict[str, Channel] = {
    ChannelCode.APP: Channel(address=AddressKind.APP),
    ChannelCode.WECHAT: Channel(address=AddressKind.WECHAT),
    ChannelCode.WECOM: Channel(address=AddressKind.WECOM),
    ChannelCode.EMAIL: Channel(address=AddressKind.EMAIL, subject="email_subject", html="email_html"),
    ChannelCode.SMS: Channel(
        address=AddressKind.PHONE,
        subject="",
        text="sms",
        html="",
        observes_quiet_hours=True,
        is_last_resort=True,
    ),
}


def end_of_quiet_hours(moment: datetime) -> datetime | None:
    """When the present quiet hours of the bank's clock end; None outside of them."""
    local = timezone.localtime(moment)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return None
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, tzinfo=local.tzinfo)
