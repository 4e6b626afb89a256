"""The settings of the notifications app: templates with their versions, channel plans, review policies."""

from notifications.admin import plans, templates, versions

__all__ = ["plans", "templates", "versions"]
