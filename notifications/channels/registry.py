"""From a channel's code to its one instance in this process."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.channels.base import Channel


class UnknownChannel(LookupError):
    """No channel with this code is named in ``settings.CHANNELS``."""


@cache
def channels() -> dict[str, Channel]:
    """Return every configured channel by its code, in the order of ``settings.CHANNELS``."""
    instances: list[Channel] = [import_string(path)() for path in settings.CHANNELS]
    return {channel.code: channel for channel in instances}


def get_channel(code: str) -> Channel:
    """Return the shared instance of one channel.

    Raises:
        UnknownChannel: the code is not configured.
    """
    try:
        return channels()[code]
    except KeyError:
        raise UnknownChannel(code) from None


def is_on(code: str) -> bool:
    """Whether the bank has this channel."""
    return code in channels()
