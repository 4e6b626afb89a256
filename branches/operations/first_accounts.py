"""The first two accounts of a new installation: with them, head office invites everybody else."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from branches.access import log_disclosure
from branches.enums import BranchLevel
from branches.models import Branch, RoleGrant, User
from branches.operations.roles import grant_role
from branches.roles import Role
from hrportal.kernel import history
from hrportal.kernel.refusals import Refused

# Two, so that each is the second person for what the other does.
FIRST_ACCOUNTS = 2


@transaction.atomic
def make_first_account(*, username: str, name: str, email: str = "", now: datetime) -> User:
    """Make an account of head-office HR without a password; written into the access log as the portal's own act.

    The same name again, as long as nobody has signed in with it, ends the link of the first time.

    Raises:
        Refused: no branches yet; head office has two accounts already, and only they may make others; the user name
            exists.
    """
    # Two who try at the same time wait for each other here.
    head_office = (
        Branch.objects.select_for_update(of=("self",))
        .filter(level=BranchLevel.HEAD_OFFICE)
        .order_by("path")
        .first()
    )
    if head_office is None:
        raise Refused("There are no branches yet. Load them first: manage.py load_bank DIR")
    if waiting := _not_joined(username):
        # Its link was lost or ran out. The new mark in place of a password ends every older link.
        waiting.set_unusable_password()
        waiting.save(update_fields=["password"])
        history.record(waiting, action="new_link", now=now)
        log_disclosure(user=None, action="staff_link", subject=f"user:{waiting.pk}", now=now)
        return waiting
    if _made_by_operator(now=now) >= FIRST_ACCOUNTS:
        raise Refused(
            "Head-office HR has two accounts already, which invite others under Staff. Where the link of one "
            "was lost before it set a password: the same command with the same user name. Where a password "
            "is lost: manage.py staff_link; where a second factor is: manage.py reset_second_factor"
        )
    user = User(username=username, display_name=name, email=email)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Refused(f"There is an account {username} already; choose another name.") from None
    history.record(user, action="first_account", now=now, branch=head_office)
    log_disclosure(user=None, action="first_account", subject=f"user:{user.pk}", branch=head_office, now=now)
    grant_role(user=user, role=Role.HQ_HR, branch=head_office, now=now)
    return user


def _not_joined(username: str) -> User | None:
    """The account that this made under the name, if nobody has signed in with it or given it a password."""
    user = (
        User.objects.select_for_update(of=("self",))
        .filter(username=username, is_active=True, last_login=None, transitions__action="first_account")
        .first()
    )
    return None if user is None or user.has_usable_password() else user


def _made_by_operator(*, now: datetime) -> int:
    """How many accounts of head-office HR come from nobody in the bank, are not blocked and hold the role."""
    current = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    grants = RoleGrant.objects.filter(
        current,
        role=Role.HQ_HR,
        granted_by__isnull=True,
        user__is_active=True,
        user__invited_by__isnull=True,
    )
    return grants.values("user").distinct().count()
