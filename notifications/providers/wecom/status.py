"""WeCom's errcodes in the portal's words."""

from notifications.providers.wire import BAD_ADDRESS, BUSY, HELD, REFUSED, Verdict, throttled

ERRORS: dict[int, Verdict] = {
    -1: BUSY,
    40001: HELD,  # corp secret
    40013: HELD,  # corp id
    40056: HELD,  # agent id
    45009: throttled(minutes=1),  # calls per minute
    45033: throttled(seconds=5),  # calls at once
    60020: HELD,  # our address is not on the application's allowlist
    60111: BAD_ADDRESS,  # no such userid
    81013: BAD_ADDRESS,  # no receiver left: unknown or outside the application's range
}


def verdict_for(code: int) -> Verdict:
    """Return what an errcode means; an unlisted one is a refusal of this message."""
    return ERRORS.get(code, REFUSED)
