"""What head office and provinces do with staff: invite, grant, end, lend. Never a right above the own."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import IntegrityError, transaction
from django.db.models import Q, TextChoices
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from branches.access import Access, log_disclosure
from branches.enums import Role
from branches.models import Branch, Delegation, Department, RoleGrant, StaffMove, User
from branches.operations.roles import delegate, end_delegation, end_role, grant_role


class Refusal(TextChoices):
    """Why somebody may not do this to this account."""

    SELF = "self"
    ABOVE = "above"
    BACKWARDS = "backwards"


class StaffRefused(Exception):
    """It would give a right that is not the actor's to give; ``why`` says which rule."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


class UsernameTaken(Exception):
    """Another account has this user name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a role is held, and when; ``valid_from`` None is now."""

    role: Role
    branch: Branch
    department: Department | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class InvitationTokens(PasswordResetTokenGenerator):
    """Links by which an account gets its password: good once, and apart from any other link."""

    key_salt = "branches.operations.staff.InvitationTokens"


invitation_tokens = InvitationTokens()


@transaction.atomic
def invite(*, username: str, name: str, place: Place, now: datetime, access: Access) -> User:
    """Make an account that cannot sign in until its link was used, with its first role.

    Raises:
        StaffRefused: the role is above the inviter's, or outside the own subtree.
        UsernameTaken: the user name exists.
        RoleMisplaced: the role does not exist at this level.
    """
    _require_grantable(access, place.role, place.branch)
    user = User(username=username, display_name=name)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise UsernameTaken(username) from None
    StaffMove.objects.create(staff=user, at=now, actor=access.user, verb="invite", branch=place.branch)
    log_disclosure(
        user=access.user, verb="invite_staff", subject=f"user:{user.pk}", branch=place.branch, now=now
    )
    _grant(user, place, now=now, access=access)
    return user


@transaction.atomic
def give_role(*, user: User, place: Place, now: datetime, access: Access) -> RoleGrant:
    """Grant a role to a member of staff.

    Raises:
        StaffRefused: to oneself, to whoever lends to oneself, above the own role or outside the subtree.
        RoleMisplaced: the role does not exist at this level.
    """
    _require_other(access, user, now=now)
    _require_grantable(access, place.role, place.branch)
    return _grant(user, place, now=now, access=access)


@transaction.atomic
def rename(*, user: User, name: str, now: datetime, access: Access) -> None:
    """Let a member of staff be called otherwise; both names stay in the history of the row.

    Raises:
        StaffRefused: the own account, or one that holds a right above the actor's.
    """
    if user.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    _require_care(access, user, now=now)
    user.display_name = name
    user.save(update_fields=["display_name"])
    StaffMove.objects.create(staff=user, at=now, actor=access.user, verb="rename")
    log_disclosure(user=access.user, verb="staff_renamed", subject=f"user:{user.pk}", now=now)


@transaction.atomic
def take_role(*, grant: RoleGrant, reason: str, now: datetime, access: Access) -> None:
    """End somebody's role.

    Raises:
        StaffRefused: the own role, or one that is not the actor's to grant.
        AlreadyEnded: it ended before.
    """
    if grant.user_id == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    _require_grantable(access, grant.role, grant.branch)
    end_role(grant=grant, now=now, by=access.user, reason=reason)


@transaction.atomic
def lend(
    *,
    giver: User,
    taker: User,
    valid_from: datetime,
    valid_until: datetime,
    reason: str,
    now: datetime,
    access: Access,
) -> Delegation:
    """Let ``taker`` act where ``giver`` may, for an absence: the actor's own, or of staff in their care.

    Raises:
        StaffRefused: the actor would borrow, or lend rights above the own.
    """
    if taker.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    if giver.pk != access.user.pk:
        _require_care(access, giver, now=now)
    if _lends(taker, access.user, now=now):
        raise StaffRefused(Refusal.BACKWARDS)
    return delegate(
        giver=giver,
        taker=taker,
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
        now=now,
        by=access.user,
    )


@transaction.atomic
def take_back(*, delegation: Delegation, now: datetime, access: Access) -> None:
    """End a delegation: the own, or one of staff in the actor's care.

    Raises:
        StaffRefused: the giver has rights above the actor's.
        AlreadyEnded: it ended before.
    """
    if delegation.giver_id != access.user.pk:
        _require_care(access, delegation.giver, now=now)
    end_delegation(delegation=delegation, now=now, by=access.user)


@transaction.atomic
def new_link(*, user: User, now: datetime, access: Access) -> tuple[str, str]:
    """The two parts of a link by which the account gets a new password; the old one and older links end.

    Raises:
        StaffRefused: the own account, or one that holds a right above the actor's.
    """
    if user.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    _require_care(access, user, now=now)
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.set_unusable_password()
    locked.save(update_fields=["password"])
    StaffMove.objects.create(staff=locked, at=now, actor=access.user, verb="new_link")
    log_disclosure(user=access.user, verb="staff_link", subject=f"user:{user.pk}", now=now)
    return urlsafe_base64_encode(force_bytes(locked.pk)), invitation_tokens.make_token(locked)


def in_care(access: Access, user: User, *, now: datetime) -> bool:
    """Whether every role that the user holds, borrows, or will, is the actor's to grant."""
    current = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    lenders = Delegation.objects.filter(taker=user, valid_until__gt=now).values("giver")
    held = Q(user=user) | Q(user__in=lenders)
    grants = RoleGrant.objects.filter(held, current).select_related("branch")
    return all(access.may_grant(grant.role, branch=grant.branch) for grant in grants)


def _grant(user: User, place: Place, *, now: datetime, access: Access) -> RoleGrant:
    return grant_role(
        user=user,
        role=place.role,
        branch=place.branch,
        department=place.department,
        valid_from=place.valid_from,
        valid_until=place.valid_until,
        now=now,
        by=access.user,
    )


def _require_grantable(access: Access, role: str, branch: Branch) -> None:
    if not access.may_grant(role, branch=branch):
        raise StaffRefused(Refusal.ABOVE)


def _require_care(access: Access, user: User, *, now: datetime) -> None:
    # Whoever arranges a password or a stand-in for an account could act as it.
    if not in_care(access, user, now=now):
        raise StaffRefused(Refusal.ABOVE)


def _require_other(access: Access, user: User, *, now: datetime) -> None:
    if user.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    if _lends(user, access.user, now=now):
        raise StaffRefused(Refusal.BACKWARDS)


def _lends(giver: User, taker: User, *, now: datetime) -> bool:
    """Whether what ``giver`` gets would reach ``taker``: a role granted to a lender comes back as a loan."""
    return Delegation.objects.filter(giver=giver, taker=taker, valid_until__gt=now).exists()
