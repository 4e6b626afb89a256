"""Reads of signed-in browsers."""

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet

from branches.models import StaffSession, User


def open_sessions(user: User, *, seen_since: datetime, now: datetime) -> QuerySet[StaffSession]:
    """The browsers that are signed in as this user, the one seen last first."""
    is_there = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    return StaffSession.objects.filter(Exists(is_there), user=user, last_seen_at__gt=seen_since)
