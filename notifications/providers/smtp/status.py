"""SMTP replies in the portal's words (RFC 5321 reply codes, RFC 3463 enhanced codes)."""

import re

from notifications.providers.base import Outcome, SendResult
from notifications.providers.wire import BAD_ADDRESS, BUSY, HELD, REFUSED

ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
MAILBOX_REFUSED = frozenset({550, 551, 553})
SIGN_IN_REFUSED = frozenset({530, 534, 535, 538})
POLICY = "5.7."


def result_for(code: int, text: str) -> SendResult:
    """Translate a reply to MAIL, RCPT or the end of DATA; ``code`` -1 is an unreadable reply."""
    found = ENHANCED.search(text)
    enhanced = found.group() if found else ""
    shown = f"{code} {enhanced}".strip()
    if 200 <= code < 300:
        return SendResult(outcome=Outcome.ACCEPTED, code=shown)
    if code in SIGN_IN_REFUSED:
        return HELD.result(shown)
    if code < 500:
        return BUSY.result(shown)
    # 550 5.7.1 is the receiver's policy, not a wrong address.
    if code in MAILBOX_REFUSED and not enhanced.startswith(POLICY):
        return BAD_ADDRESS.result(shown)
    return REFUSED.result(shown)
