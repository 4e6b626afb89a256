"""Sign-ins of staff: beginning, being seen, ending."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef

from branches.models import StaffSession, User


@transaction.atomic
def begin_session(*, user: User, session_key: str, address: str, agent: str, now: datetime) -> StaffSession:
    """Write down that a browser is signed in; entries whose session is gone are cleared away."""
    is_there = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    StaffSession.objects.filter(~Exists(is_there), user=user).exclude(session_key=session_key).delete()
    began, _ = StaffSession.objects.update_or_create(
        session_key=session_key,
        defaults={
            "user": user,
            "signed_in_at": now,
            "last_seen_at": now,
            "address": address or None,
            "agent": agent[: StaffSession._meta.get_field("agent").max_length],
        },
    )
    return began


def touch_session(*, session_key: str, address: str, now: datetime) -> None:
    """The browser was seen again, perhaps from another address."""
    StaffSession.objects.filter(session_key=session_key).update(last_seen_at=now, address=address or None)


def move_session(*, old_key: str, new_key: str) -> None:
    """The session goes on under another key, as it does after a change of password."""
    StaffSession.objects.filter(session_key=old_key).update(session_key=new_key)


@transaction.atomic
def end_sessions(*, user: User, keep: str = "") -> int:
    """End every sign-in of the user, except the one with the key ``keep``; returns how many ended.

    Their browsers are signed out at the next request: the session is gone from the database.
    """
    rows = StaffSession.objects.filter(user=user).exclude(session_key=keep)
    keys = list(rows.select_for_update().values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    StaffSession.objects.filter(session_key__in=keys).delete()
    return len(keys)


@transaction.atomic
def end_session(*, user: User, session_id: int) -> bool:
    """End one sign-in of the user; False when there is none such (or it is somebody else's)."""
    found = StaffSession.objects.select_for_update().filter(user=user, pk=session_id).first()
    if found is None:
        return False
    Session.objects.filter(session_key=found.session_key).delete()
    found.delete()
    return True
