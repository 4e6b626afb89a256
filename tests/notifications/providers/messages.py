"""Messages to send."""

from typing import Any

from notifications.providers.base import OutgoingMessage

LINK = "http://127.0.0.1:8000/n/abc-123"


def message(address: str, **changes: Any) -> OutgoingMessage:
    """Return a message with all parts; ``changes`` replace some."""
    parts: dict[str, Any] = {
        "address": address,
        "subject": "恭喜通过面试",
        "text": f"孟磊您好，恭喜通过面试。详情 {LINK} 。",
        "html": f'<p>恭喜通过面试。<a href="{LINK}">详情</a></p>',
        "fields": {"name": "孟磊", "position": "柜员"},
        "link": LINK,
        "idempotency_key": "notice-7-1",
    }
    return OutgoingMessage(**{**parts, **changes})
