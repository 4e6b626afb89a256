"""A list of staff goes in row by row: what is wrong is told, the rest goes in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission
from branches.enums import ApprovalKind, ApprovalState
from branches.models import ApprovalRequest, Branch, Department, RoleGrant, User
from branches.operations.approvals import AlreadyWaiting
from branches.operations.staff import (
    TAKEN,
    Contact,
    Place,
    ask_account,
    ask_role,
    content_of,
    rename,
)
from branches.queries.staff import visible_staff
from branches.staff_files import StaffRow
from hrportal.kernel.masks import mask_name
from hrportal.kernel.refusals import Refused
from hrportal.kernel.sweeps import own_fault
from hrportal.kernel.tables import RowError
from hrportal.kernel.texts import same_name


class Effect(TextChoices):
    """What a row does."""

    INVITED = "invited", _("new account")
    GRANTED = "granted", _("new role")
    RENAMED = "renamed", _("new name")
    WAITING = "waiting", _("already pending approval")
    KNOWN = "known", _("unchanged")


# What changes nothing.
UNCHANGED = (Effect.WAITING, Effect.KNOWN)


@dataclass(frozen=True, slots=True)
class RowDone:
    """A row that went in, or would."""

    row: StaffRow
    branch: Branch
    effect: Effect


class _RowRefused(Exception):
    def __init__(
        self, column: str, remedy: str | Promise, *, value: str = "", can_stand: bool = False
    ) -> None:
        super().__init__(column)
        self.column, self.remedy, self.value, self.can_stand = column, remedy, value, can_stand


def import_staff(
    *, rows: Sequence[StaffRow], dry_run: bool, now: datetime, access: Access, accepted: Collection[int] = ()
) -> tuple[list[RowDone], list[RowError]]:
    """Ask for accounts and roles, each row by itself; a dry run does the same and takes it back.

    A row that gives a known user name another name is refused, unless its line is ``accepted``: a person
    says that it is the same colleague, who is then called so.

    Returns what went in (or would) and what did not, each with line, column and remedy.
    """
    done: list[RowDone] = []
    problems: list[RowError] = []
    with transaction.atomic():
        for row in rows:
            try:
                with transaction.atomic():
                    done.append(_apply(row, now=now, access=access, insists=row.line in accepted))
            except _RowRefused as refused:
                problems.append(
                    RowError(
                        row.line,
                        refused.column,
                        str(refused.remedy),
                        value=refused.value,
                        can_stand=refused.can_stand,
                    )
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this row's alone
                message = _(
                    "This row could not be processed (%(reference)s). Try again, or give IT the reference."
                )
                reference = own_fault(error, line=row.line)
                problems.append(RowError(row.line, "row", message % {"reference": reference}))
        if dry_run:
            transaction.set_rollback(True)
    return done, problems


def start_of(day: date | None) -> datetime | None:
    """The first moment of a day of the bank."""
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def end_of(day: date | None) -> datetime | None:
    """The moment after the last one of a day of the bank."""
    return start_of(day + timedelta(days=1)) if day else None


def _apply(row: StaffRow, *, now: datetime, access: Access, insists: bool) -> RowDone:
    place = _place(row, now=now, access=access)
    user = User.objects.filter(username=row.username).first()
    if row.is_doubtful and User.objects.filter(username__regex=f"^0+{row.username}$").exists():
        raise _RowRefused(
            "username",
            _(
                "An account has this user name with leading zeros. Format the column as text and enter the full user name."
            ),
        )
    if user is not None and not visible_staff(access).filter(pk=user.pk).exists():
        raise _RowRefused("username", TAKEN)
    try:
        effect = (
            _invite(row, place, now=now, access=access)
            if user is None
            else _grant(user, row, place, now=now, access=access, insists=insists)
        )
    except Refused as refused:
        column = "role" if refused.field in ("", "branch") else refused.field
        raise _RowRefused(column, refused.sentence) from None
    return RowDone(row, place.branch, effect)


def _invite(row: StaffRow, place: Place, *, now: datetime, access: Access) -> Effect:
    """What becomes of a user name that nobody has."""
    contact = Contact(row.email, row.wecom_id)
    try:
        ask_account(
            username=row.username, name=row.name, contact=contact, place=place, now=now, access=access
        )
    except AlreadyWaiting:
        return _as_waiting(row, place)
    return Effect.INVITED


def _as_waiting(row: StaffRow, place: Place) -> Effect:
    """A row of a user name that waits for approval: the same account with the same role, or told why not."""
    asked = ApprovalRequest.objects.filter(
        kind=ApprovalKind.INVITE, subject=f"username:{row.username}", state=ApprovalState.WAITING
    ).get()
    if not same_name(asked.content["name"], row.name):
        raise _RowRefused(
            "name", _("This user name is pending approval under another name. Correct one of them.")
        )
    if asked.branch != place.branch or {**asked.content, **content_of(place)} != asked.content:
        raise _RowRefused(
            "role", _("The account is pending approval. Import its other roles after it is approved.")
        )
    return Effect.WAITING


def _grant(
    user: User, row: StaffRow, place: Place, *, now: datetime, access: Access, insists: bool
) -> Effect:
    """What becomes of an account that is there."""
    is_other = bool(user.display_name) and not same_name(user.display_name, row.name)
    if is_other and not insists:
        raise _other_name(row, user)
    if is_other:
        rename(user=user, name=row.name, now=now, access=access)
    if _holds(user, place, now=now):
        return Effect.RENAMED if is_other else Effect.KNOWN
    try:
        ask_role(user=user, place=place, now=now, access=access)
    except AlreadyWaiting:
        return Effect.RENAMED if is_other else Effect.WAITING
    return Effect.GRANTED


def _other_name(row: StaffRow, user: User) -> _RowRefused:
    value = _("received: %(sent)s, on record: %(held)s") % {
        "sent": mask_name(row.name),
        "held": mask_name(user.display_name),
    }
    remedy = _(
        "This user name belongs to an employee with a different name. Correct the user name or the "
        "name. If it is the same person under a new name, select the line."
    )
    return _RowRefused("name", remedy, value=str(value), can_stand=True)


def _place(row: StaffRow, *, now: datetime, access: Access) -> Place:
    branch = Branch.objects.filter(code=row.branch_code, closed_on__isnull=True).first()
    if branch is None or not access.has_permission_at(Permission.MANAGE_STAFF, branch_id=branch.pk):
        raise _RowRefused("branch_code", _("None of your open branches has this code."))
    department = None
    if row.department_code:
        department = Department.objects.filter(branch=branch, code=row.department_code).first()
        if department is None:
            raise _RowRefused("department_code", _("The branch has no department with this code."))
    valid_until = end_of(row.valid_until)
    if valid_until is not None and valid_until <= now:
        raise _RowRefused(
            "valid_until", _("This date is in the past. Enter a later date, or leave it empty.")
        )
    return Place(row.role, branch, department, start_of(row.valid_from), valid_until)


def _holds(user: User, place: Place, *, now: datetime) -> bool:
    return RoleGrant.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=now),
        user=user,
        role=place.role,
        branch=place.branch,
        department=place.department,
    ).exists()
