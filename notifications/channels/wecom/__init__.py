"""WeCom (enterprise WeChat) application messages."""

from notifications.channels.wecom.client import WeComChannel

__all__ = ["WeComChannel"]
