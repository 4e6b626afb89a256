"""What is done when a request about staff is approved: an account, a role, another address for links."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission, log_disclosure
from branches.models import ApprovalRequest, Department, RoleGrant, User
from branches.operations.approvals import Act, Facts
from branches.operations.roles import end_role, grant_role
from branches.operations.staff import (
    Contact,
    StaffRefused,
    in_care,
    require_free,
    require_other,
)
from branches.operations.staff_messages import addresses_of, notify_old_addresses, send_link
from branches.roles import Role
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, Refused

TAKEN = _(
    "Another account now has this user name, email address or WeCom account. Reject the request and submit a new one."
)
MISPLACED = _(
    "The branch or department has changed, so this role can no longer be granted there. Reject the request."
)


class StaffAct(Act):
    """What acts about staff have in common: an own right to grant the role, and not for oneself."""

    permission = Permission.MANAGE_STAFF
    own_right = True
    may_begin_alone = True

    def may_decide(self, access: Access, request: ApprovalRequest, *, now: datetime) -> bool:
        """By an own right to grant the role there; not for oneself, nor for whoever delegates to oneself."""
        user = User.objects.filter(pk=request.content.get("user")).first()
        if user is not None:
            try:
                require_other(access, user, now=now)
            except StaffRefused:
                return False
        return access.can_grant(request.content["role"], branch=request.branch)

    def revert(self, request: ApprovalRequest, *, now: datetime, by: User) -> None:
        """End the role that was granted at once."""
        granted = RoleGrant.objects.filter(pk=request.content.get("grant"))
        for grant in granted.select_related("user", "branch"):
            try:
                end_role(grant=grant, now=now, by=by, reason=request.answer)
            except Conflict:
                continue


class InviteAct(StaffAct):
    """A new account with its first role, and a link to its owner."""

    def facts(self, request: ApprovalRequest) -> Facts:
        """Who it is, and where the link goes."""
        content = request.content
        return [
            (_("Name"), content["name"]),
            (_("User name"), content["username"]),
            *_contact_facts(content),
            *_role_facts(request),
        ]

    def carry_out(self, request: ApprovalRequest, *, now: datetime, by: User | None) -> None:
        """Make it; who asked stays named as who invited."""
        content = request.content
        contact = Contact(content["email"], content["wecom_id"])
        user = User(
            username=content["username"],
            display_name=content["name"],
            email=contact.email,
            wecom_id=contact.wecom_id,
            invited_by=request.asked_by,
            is_vouched=by is not None,
        )
        user.set_unusable_password()
        try:
            require_free(contact)
            with transaction.atomic():
                user.save(force_insert=True)
        except (IntegrityError, Refused):
            raise Refused(TAKEN) from None
        history.record(user, action="invite", now=now, by=request.asked_by, branch=request.branch)
        log_disclosure(
            user=request.asked_by,
            action="invite_staff",
            subject=f"user:{user.pk}",
            branch=request.branch,
            now=now,
        )
        _grant(user, request, now=now)
        send_link(user=user, now=now, by=request.asked_by)

    def confirm(self, request: ApprovalRequest, *, now: datetime, by: User) -> None:
        """The account has been seen by two."""
        user = User.objects.select_for_update(no_key=True).get(username=request.content["username"])
        user.is_vouched = True
        user.save(update_fields=["is_vouched"])
        history.record(user, action="vouch", now=now, by=by, branch=request.branch)


class RoleAct(StaffAct):
    """A further role of an account."""

    def facts(self, request: ApprovalRequest) -> Facts:
        """Whose role, which and where."""
        return [*_user_facts(request), *_role_facts(request)]

    def carry_out(self, request: ApprovalRequest, *, now: datetime, by: User | None) -> None:
        """Grant it in the name of who asked."""
        _grant(User.objects.get(pk=request.content["user"]), request, now=now)


class ContactAct(StaffAct):
    """Another mailbox or WeCom account for the links of an account.

    Never alone: who chooses where the links go could sign in as the colleague.
    """

    may_begin_alone = False

    def may_decide(self, access: Access, request: ApprovalRequest, *, now: datetime) -> bool:
        """Whoever may grant all that the account holds."""
        user = User.objects.get(pk=request.content["user"])
        return user.pk != access.user.pk and in_care(access, user, now=now)

    def facts(self, request: ApprovalRequest) -> Facts:
        """Whose, what it was and what it becomes."""
        user = User.objects.get(pk=request.content["user"])
        before = _contact_facts({"email": user.email, "wecom_id": user.wecom_id})
        now_facts = [(_("Currently: %(what)s") % {"what": label}, value) for label, value in before]
        return [*_user_facts(request), *now_facts, *_contact_facts(request.content)]

    def carry_out(self, request: ApprovalRequest, *, now: datetime, by: User | None) -> None:
        """Change it; the old addresses are told, and links that went to them no longer work."""
        content = request.content
        user = User.objects.select_for_update(no_key=True).get(pk=content["user"])
        contact, was = Contact(content["email"], content["wecom_id"]), addresses_of(user)
        try:
            require_free(contact, but=user)
            user.email, user.wecom_id = contact.email, contact.wecom_id
            with transaction.atomic():
                user.save(update_fields=["email", "wecom_id"])
        except (IntegrityError, Refused):
            raise Refused(TAKEN) from None
        history.record(user, action="change_address", now=now, by=request.asked_by, reason=request.reason)
        log_disclosure(
            user=request.asked_by,
            action="staff_address",
            subject=f"user:{user.pk}",
            purpose=request.reason,
            now=now,
        )
        notify_old_addresses(user=user, was=was, now=now, by=request.asked_by)


def _grant(user: User, request: ApprovalRequest, *, now: datetime) -> None:
    content = request.content
    department = (
        Department.objects.filter(pk=content["department"]).first() if content["department"] else None
    )
    moments = [
        content[name] and datetime.fromisoformat(content[name]) for name in ("valid_from", "valid_until")
    ]
    if request.branch.closed_on is not None or (moments[1] is not None and moments[1] <= now):
        raise Refused(MISPLACED)
    try:
        grant = grant_role(
            user=user,
            role=Role(content["role"]),
            branch=request.branch,
            department=department,
            valid_from=max(moments[0], now) if moments[0] else None,
            valid_until=moments[1],
            now=now,
            by=request.asked_by,
        )
    except Refused:
        raise Refused(MISPLACED) from None
    request.content = content | {"grant": grant.pk}
    request.save(update_fields=["content"])


def _user_facts(request: ApprovalRequest) -> Facts:
    user = User.objects.get(pk=request.content["user"])
    return [(_("Name"), str(user)), (_("User name"), user.username)]


def _contact_facts(content: dict[str, str]) -> Facts:
    return [(_("Email address"), content["email"] or "–"), (_("WeCom account"), content["wecom_id"] or "–")]


def _role_facts(request: ApprovalRequest) -> Facts:
    content = request.content
    department = (
        Department.objects.filter(pk=content["department"]).first() if content["department"] else None
    )
    place = f"{request.branch} · {department}" if department else str(request.branch)
    found: Facts = [(_("Role"), str(Role(content["role"]).label)), (_("Branch"), place)]
    for label, name in ((_("Valid from"), "valid_from"), (_("Valid until"), "valid_until")):
        if content[name]:
            moment = timezone.localtime(datetime.fromisoformat(content[name]))
            found.append((label, date_format(moment, "Y-m-d H:i")))
    return found


INVITE, ROLE, ADDRESS = InviteAct(), RoleAct(), ContactAct()
