"""The providers that the bank has, and which of them takes a message."""

from collections.abc import Sequence
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.providers.base import Provider


@cache
def providers() -> dict[str, Provider]:
    """The one instance of every configured provider in this process, by name, as ``settings.PROVIDERS`` orders them."""
    instances: list[Provider] = [import_string(path)() for path in settings.PROVIDERS]
    return {provider.name: provider for provider in instances}


def providers_of(channel: str) -> list[Provider]:
    """Those of one channel; none where the bank does not have it."""
    return [provider for provider in providers().values() if provider.channel == channel]


def is_on(channel: str) -> bool:
    """Whether the bank has this channel."""
    return bool(providers_of(channel))


def choose(candidates: Sequence[Provider], *, given_to: str = "") -> Provider | None:
    """Which of a channel's providers takes a message. Pure; how they share the messages is decided here alone.

    What one may have already stays with it, as nobody else can tell a repeat from a second message.

    Args:
        candidates: in the order of the settings, of which the first takes everything.
        given_to: name of the provider that may have the message; empty where certainly none has it.
    """
    if given_to:
        return next((provider for provider in candidates if provider.name == given_to), None)
    return next(iter(candidates), None)
