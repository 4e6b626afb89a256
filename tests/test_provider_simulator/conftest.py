"""The same lab as the channels' tests use."""

from tests.notifications.channels.conftest import lab, receiver, running

__all__ = ["lab", "receiver", "running"]
