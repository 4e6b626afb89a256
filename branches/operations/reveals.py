"""Seeing a sealed value: written down before it is shown, and only so many in an hour."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from branches.access import log_disclosure
from branches.models import AccessEntry, Branch, User

WINDOW = timedelta(hours=1)
REFUSED = "reveal_refused"


class TooManyReveals(Exception):
    """The person has seen ``limit`` values within an hour; the refusal is in the access log."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def log_reveal(
    *,
    user: User,
    verb: str,
    subject: str,
    branch: Branch,
    about: UUID | None,
    purpose: str,
    now: datetime,
) -> None:
    """Write down who sees what, and what for, before the value is opened.

    ``verb`` begins with ``reveal_``; ``about`` is the application of the person. Simultaneous requests of one person count one after the other.

    Raises:
        TooManyReveals: the limit of the hour is reached.
    """
    limit: int = settings.REVEALS_PER_HOUR
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        seen = AccessEntry.objects.filter(user=user, verb__startswith="reveal_", at__gt=now - WINDOW)
        is_over = seen.exclude(verb=REFUSED).count() >= limit
        log_disclosure(
            user=user,
            verb=REFUSED if is_over else verb,
            subject=subject,
            branch=branch,
            about=about,
            purpose=purpose,
            now=now,
        )
    if is_over:
        raise TooManyReveals(limit)
