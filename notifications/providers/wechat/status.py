"""WeChat's errcodes and the outcome words of TEMPLATESENDJOBFINISH in the portal's words."""

from notifications.providers.base import Evidence
from notifications.providers.wire import BAD_ADDRESS, BUSY, HELD, REFUSED, Verdict, throttled

DUPLICATE = 45065
"""This client_msg_id was taken before; the answer may name the earlier message."""

ERRORS: dict[int, Verdict] = {
    -1: BUSY,
    40003: BAD_ADDRESS,  # not an openid of this account
    40013: HELD,  # app id
    40125: HELD,  # app secret
    40164: HELD,  # our address is not on the account's allowlist
    40241: throttled(minutes=1),  # "duplicate in 60 seconds"; client_msg_id makes the repeat harmless
    43004: BAD_ADDRESS,  # does not follow the account
    43019: BAD_ADDRESS,  # on the account's blocklist
    43101: REFUSED,  # switched these messages off
    43116: REFUSED,  # the template is banned: the next step of the plan must go on
    43117: throttled(minutes=10),  # too often to this openid
    45009: throttled(minutes=30),  # the day's quota
    45011: throttled(minutes=1),  # the minute's quota
    50002: HELD,  # account restricted
}

FINISHED: dict[str, Evidence] = {
    "success": Evidence.DELIVERED,
    "failed:user block": Evidence.FAILED,
    "failed:system failed": Evidence.FAILED,
}


def verdict_for(code: int) -> Verdict:
    """Return what an errcode means; an unlisted one is a refusal of this message."""
    return ERRORS.get(code, REFUSED)


def evidence_for(status: str) -> Evidence | None:
    """Read the event's Status; WeChat writes ``failed: system failed`` with and without the space."""
    return FINISHED.get(status.strip().lower().replace("failed: ", "failed:"))
