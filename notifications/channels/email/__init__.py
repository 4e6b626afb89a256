"""Email through the bank's own mail relay."""

from notifications.channels.email.client import EmailChannel

__all__ = ["EmailChannel"]
