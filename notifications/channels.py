"""The channels, as policy: which address each needs, what it says. Pure.

Which wire carries its messages is a matter of ``notifications.providers``.
"""

from dataclasses import dataclass

from notifications.enums import AddressKind, ChannelCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What holds for every message on a channel, whoever carries it."""

    address: AddressKind
    # The rendered bodies of a notice that its messages are made of; an empty name is an empty text.
    subject: str = "app_title"
    text: str = "email_text"
    html: str = "app_html"
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
        is_last_resort=True,
    ),
}
