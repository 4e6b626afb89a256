"""Twilio's error codes and message statuses in the portal's words."""

from notifications.providers.base import Evidence
from notifications.providers.wire import BAD_ADDRESS, HELD, REFUSED, Verdict, throttled

SEND_ERRORS: dict[int, Verdict] = {
    20003: HELD,  # the account's key was refused
    20005: HELD,  # account not active
    20429: throttled(seconds=1),
    21211: BAD_ADDRESS,  # not a phone number
    21212: HELD,  # our own sender number
    21214: BAD_ADDRESS,  # cannot be reached
    21217: BAD_ADDRESS,
    21265: BAD_ADDRESS,  # a short code
    21408: REFUSED,  # region not enabled for the account
    21602: REFUSED,  # empty body
    21606: HELD,  # sender not SMS-capable
    21610: REFUSED,  # the person replied STOP; the number itself is right
    21611: throttled(minutes=5),  # the sender's queue is full
    21612: REFUSED,  # no route from this sender
    21614: BAD_ADDRESS,  # not a mobile number
    21617: REFUSED,  # body too long
    30001: throttled(minutes=1),
    30002: HELD,  # account suspended
    63038: throttled(hours=1),  # the account's daily limit
}

# Told in a callback after Twilio took the message: the number must be corrected, not tried again.
BAD_ADDRESS_AFTER_ACCEPT = frozenset({21211, 21214, 21217, 21614, 30005, 30006})

STATUS: dict[str, Evidence] = {
    "accepted": Evidence.ACCEPTED,
    "scheduled": Evidence.ACCEPTED,
    "queued": Evidence.ACCEPTED,
    "sending": Evidence.ACCEPTED,
    "sent": Evidence.ACCEPTED,
    "delivered": Evidence.DELIVERED,
    "partially_delivered": Evidence.DELIVERED,
    "read": Evidence.READ,
    "undelivered": Evidence.FAILED,
    "failed": Evidence.FAILED,
    "canceled": Evidence.FAILED,
}


def verdict_for(code: int) -> Verdict:
    """Return what an error answer means; an unlisted 4xx is a refusal of this message."""
    return SEND_ERRORS.get(code, REFUSED)


def address_is_bad(code: str) -> bool:
    """Tell whether a callback's error code blames the number."""
    return code.isascii() and code.isdigit() and int(code[:6]) in BAD_ADDRESS_AFTER_ACCEPT
