"""Notices: what is said, who approved it, how it goes out, what came back."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Templates, review, channel plans, dispatch, receipts, follow-ups."""

    name = "notifications"
