"""What head office and provinces do with staff: ask for accounts and roles, end, delegate. Never a right above the own."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from branches.access import Access, log_disclosure
from branches.enums import ApprovalKind
from branches.models import (
    ApprovalRequest,
    Branch,
    Delegation,
    Department,
    RoleGrant,
    StaffMessage,
    User,
)
from branches.operations.approvals import ask_approval
from branches.operations.roles import create_delegation, end_delegation, end_role, require_level
from branches.operations.staff_messages import send_link
from branches.roles import Role
from hrportal.kernel import history
from hrportal.kernel.refusals import Refused

TAKEN = _("This user name is already in use. Choose another.")
CONTACT_TAKEN = _("Another account has this address. Each person has one account only.")
NO_ADDRESS = _("Email address and WeCom account are missing. Enter one of them for the password link.")


class Refusal(TextChoices):
    """Why somebody may not do this to this account."""

    SELF = "self", _("You cannot grant a role to yourself. Ask a colleague.")
    ABOVE = "above", _("You cannot grant this role at this branch. Ask head office.")
    BACKWARDS = (
        "backwards",
        _(
            "This person has delegated their access to you, so you would grant the role to yourself. Ask a colleague."
        ),
    )


class StaffRefused(Refused):
    """It would give a right that is not the actor's to give; ``why`` says which rule."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.label)
        self.why = why


@dataclass(frozen=True, slots=True)
class Place:
    """Where a role is held, and when; ``valid_from`` None is now."""

    role: Role
    branch: Branch
    department: Department | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Where links for a password go: a mailbox, a WeCom account or both."""

    email: str = ""
    wecom_id: str = ""


@transaction.atomic
def ask_account(
    *, username: str, name: str, contact: Contact, place: Place, now: datetime, access: Access
) -> ApprovalRequest:
    """Ask for an account with its first role; a second person approves, then its owner gets a link.

    Raises:
        StaffRefused: the role is above the asker's own, or outside the own subtree.
        Refused: another account has the user name, mailbox or WeCom account; no link could reach the owner;
            the role does not exist at this level.
        AlreadyWaiting: the same user name waits for approval.
    """
    _require_grantable(access, place.role, place.branch)
    require_level(role=place.role, branch=place.branch, department=place.department)
    if not (contact.email or contact.wecom_id):
        raise Refused(NO_ADDRESS, field="email")
    if User.objects.filter(username=username).exists():
        raise Refused(TAKEN, field="username")
    require_free(contact)
    return ask_approval(
        kind=ApprovalKind.INVITE,
        subject=f"username:{username}",
        branch=place.branch,
        content={"username": username, "name": name} | asdict(contact) | content_of(place),
        reason="",
        now=now,
        by=access.user,
    )


@transaction.atomic
def ask_role(*, user: User, place: Place, now: datetime, access: Access) -> ApprovalRequest:
    """Ask for a further role of a member of staff; a second person approves.

    Raises:
        StaffRefused: to oneself, to whoever delegates to oneself, above the own role or outside the subtree.
        Refused: the role does not exist at this level.
        AlreadyWaiting: the same waits for approval.
    """
    require_other(access, user, now=now)
    _require_grantable(access, place.role, place.branch)
    require_level(role=place.role, branch=place.branch, department=place.department)
    content = {"user": user.pk} | content_of(place)
    where = place.department.pk if place.department else place.branch.pk
    return ask_approval(
        kind=ApprovalKind.ROLE,
        subject=f"user:{user.pk} {place.role}:{where}",
        branch=place.branch,
        content=content,
        reason="",
        now=now,
        by=access.user,
    )


@transaction.atomic
def ask_contact(
    *, user: User, contact: Contact, reason: str, now: datetime, access: Access
) -> ApprovalRequest:
    """Ask that links of an account go to another mailbox or WeCom account; a second person approves.

    Raises:
        StaffRefused: the own account, or one that holds a right above the asker's.
        Refused: another account has the mailbox or WeCom account.
        AlreadyWaiting: another change of it waits.
    """
    if user.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    _require_care(access, user, now=now)
    require_free(contact, but=user)
    branch = highest_of(user, now=now) or access.own_grants[0].branch
    return ask_approval(
        kind=ApprovalKind.ADDRESS,
        subject=f"user:{user.pk}",
        branch=branch,
        content={"user": user.pk} | asdict(contact),
        reason=reason,
        now=now,
        by=access.user,
    )


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
    history.record(user, action="rename", now=now, by=access.user)
    log_disclosure(user=access.user, action="staff_renamed", subject=f"user:{user.pk}", now=now)


@transaction.atomic
def take_role(*, grant: RoleGrant, reason: str, now: datetime, access: Access) -> None:
    """End somebody's role.

    Raises:
        StaffRefused: the own role, or one that is not the actor's to grant.
        Conflict: it ended before.
    """
    if grant.user_id == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    _require_grantable(access, grant.role, grant.branch)
    end_role(grant=grant, now=now, by=access.user, reason=reason)


@transaction.atomic
def delegate_access(
    *,
    delegator: User,
    delegate: User,
    valid_from: datetime,
    valid_until: datetime,
    reason: str,
    now: datetime,
    access: Access,
) -> Delegation:
    """Let ``delegate`` act where ``delegator`` may, for an absence: the actor's own, or of staff in their care.

    Raises:
        StaffRefused: the actor would borrow, or delegate rights above the own.
    """
    if delegate.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    if delegator.pk != access.user.pk:
        _require_care(access, delegator, now=now)
    if _delegates(delegate, access.user, now=now):
        raise StaffRefused(Refusal.BACKWARDS)
    return create_delegation(
        delegator=delegator,
        delegate=delegate,
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason,
        now=now,
        by=access.user,
    )


@transaction.atomic
def revoke_delegation(*, delegation: Delegation, now: datetime, access: Access) -> None:
    """End a delegation: the own, or one of staff in the actor's care.

    Raises:
        StaffRefused: the delegator has rights above the actor's.
        Conflict: it ended before.
    """
    if delegation.delegator_id != access.user.pk:
        _require_care(access, delegation.delegator, now=now)
    end_delegation(delegation=delegation, now=now, by=access.user)


@transaction.atomic
def new_link(*, user: User, now: datetime, access: Access) -> StaffMessage:
    """Have a link for a new password sent to the account's owner. The present password holds until it is used.

    Raises:
        StaffRefused: the own account, one that holds a right above the actor's, or one without an address.
    """
    if user.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    _require_care(access, user, now=now)
    messages = send_link(user=user, now=now, by=access.user)
    if not messages:
        raise Refused(NO_ADDRESS, field="email")
    history.record(user, action="new_link", now=now, by=access.user)
    log_disclosure(user=access.user, action="staff_link", subject=f"user:{user.pk}", now=now)
    return messages[0]


def in_care(access: Access, user: User, *, now: datetime) -> bool:
    """Whether every role that the user holds, borrows, or will, is the actor's to grant."""
    current = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    delegators = Delegation.objects.filter(delegate=user, valid_until__gt=now).values("delegator")
    held = Q(user=user) | Q(user__in=delegators)
    grants = RoleGrant.objects.filter(held, current).select_related("branch")
    return all(access.can_grant(grant.role, branch=grant.branch) for grant in grants)


def require_free(contact: Contact, *, but: User | None = None) -> None:
    """Refuse if another account has the mailbox or the WeCom account: one person, one account."""
    others = User.objects.exclude(pk=but.pk) if but else User.objects.all()
    if contact.email and others.filter(email__iexact=contact.email).exists():
        raise Refused(CONTACT_TAKEN, field="email")
    if contact.wecom_id and others.filter(wecom_id__iexact=contact.wecom_id).exists():
        raise Refused(CONTACT_TAKEN, field="wecom_id")


def content_of(place: Place) -> dict[str, Any]:
    """A place as a request stores it."""
    return {
        "role": place.role.value,
        "department": place.department.pk if place.department else None,
        "valid_from": place.valid_from.isoformat() if place.valid_from else None,
        "valid_until": place.valid_until.isoformat() if place.valid_until else None,
    }


def highest_of(user: User, *, now: datetime) -> Branch | None:
    """The highest branch at which the user holds a role now or later."""
    current = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    grants = RoleGrant.objects.filter(current, user=user).select_related("branch").order_by("branch__depth")
    grant = grants.first()
    return grant.branch if grant else None


def _require_grantable(access: Access, role: str, branch: Branch) -> None:
    if not access.can_grant(role, branch=branch):
        raise StaffRefused(Refusal.ABOVE)


def _require_care(access: Access, user: User, *, now: datetime) -> None:
    # Whoever arranges a password or a stand-in for an account could act as it.
    if not in_care(access, user, now=now):
        raise StaffRefused(Refusal.ABOVE)


def require_other(access: Access, user: User, *, now: datetime) -> None:
    """Raise ``StaffRefused`` if what the user gets would reach the actor."""
    if user.pk == access.user.pk:
        raise StaffRefused(Refusal.SELF)
    if _delegates(user, access.user, now=now):
        raise StaffRefused(Refusal.BACKWARDS)


def _delegates(delegator: User, delegate: User, *, now: datetime) -> bool:
    """Whether what ``delegator`` gets would reach ``delegate``: a role granted to a delegator comes back as a delegation."""
    return Delegation.objects.filter(delegator=delegator, delegate=delegate, valid_until__gt=now).exists()
