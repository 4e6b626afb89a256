"""How long a sign-in lasts, kept in the session itself so that looking costs no query."""

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

SIGNED_IN, SEEN = "signed_in_at", "seen_at"
# Written at most once a minute: a session that is saved with every page loses what another page wrote.
SEEN_EVERY_SECONDS = 60


def stamp(session: SessionBase, *, now: datetime) -> None:
    """The sign-in begins now."""
    session[SIGNED_IN] = session[SEEN] = int(now.timestamp())


def is_over(session: SessionBase, *, now: datetime) -> bool:
    """Whether the browser was idle for too long or is signed in for too long; never stamped is over too."""
    moment = now.timestamp()
    idle: float = moment - session.get(SEEN, 0)
    whole: float = moment - session.get(SIGNED_IN, 0)
    return idle >= settings.SESSION_IDLE_SECONDS or whole >= settings.SESSION_COOKIE_AGE


def see(session: SessionBase, *, now: datetime) -> bool:
    """The browser is here; True once a minute, when it is worth writing down."""
    moment = int(now.timestamp())
    if moment - session[SEEN] < SEEN_EVERY_SECONDS:
        return False
    session[SEEN] = moment
    return True
