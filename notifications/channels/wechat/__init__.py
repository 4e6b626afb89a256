"""WeChat template messages of the bank's official account."""

from notifications.channels.wechat.client import WeChatChannel

__all__ = ["WeChatChannel"]
