"""The inbox and push gateway of the bank's own app."""

from notifications.channels.app.client import AppChannel

__all__ = ["AppChannel"]
