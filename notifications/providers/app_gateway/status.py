"""The app gateway's error codes and statuses in the portal's words."""

from notifications.providers.base import Evidence
from notifications.providers.wire import BAD_ADDRESS, BUSY, HELD, REFUSED, Verdict, throttled

ERRORS: dict[str, Verdict] = {
    "unknown_user": BAD_ADDRESS,
    "account_closed": BAD_ADDRESS,
    "notifications_off": REFUSED,
    "invalid_message": REFUSED,
    "idempotency_conflict": REFUSED,
    "invalid_token": HELD,
    "rate_limited": throttled(seconds=1),
    "unavailable": BUSY,  # the gateway's promise: refused before it stored anything
}

STATUS: dict[str, Evidence] = {
    "accepted": Evidence.ACCEPTED,
    "delivered": Evidence.DELIVERED,
    "read": Evidence.READ,
    "failed": Evidence.FAILED,
}

EVENT_PREFIX = "message."
BAD_ADDRESS_CODES = frozenset(code for code, verdict in ERRORS.items() if verdict.address_is_bad)
