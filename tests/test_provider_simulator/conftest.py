"""The same lab as the providers' tests use."""

from tests.notifications.providers.conftest import lab, receiver, running

__all__ = ["lab", "receiver", "running"]
