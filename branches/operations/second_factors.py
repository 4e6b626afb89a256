"""The second factor of a member of staff, seen from outside: taken away when the phone is lost."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from branches.access import log_disclosure
from branches.models import User
from branches.operations.sessions import end_sessions


class NoSecondFactor(Exception):
    """The account has none; nothing was changed."""


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, now: datetime, by: User | None = None) -> None:
    """Remove app and recovery codes and end every sign-in; the next sign-in leads to setting it up anew.

    Raises:
        NoSecondFactor: there is nothing to remove.
    """
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise NoSecondFactor
    end_sessions(user=user)
    log_disclosure(
        user=by, verb="second_factor_reset", subject=f"branches_user:{user.pk}", purpose=reason, now=now
    )
