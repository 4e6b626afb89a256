"""Branches that move, merge or close. Scope follows the tree at once; history keeps the old path."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from branches.access import log_disclosure
from branches.bank_files import PARENT_LEVELS
from branches.enums import BranchLevel
from branches.hooks import branch_ended
from branches.models import Branch, BranchTransition, RoleGrant, User
from branches.operations.roles import end_role
from branches.queries import codes_down_to, parent_of
from branches.queries.tree import place_digest
from hrportal.kernel import history
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.refusals import Refused

NO_PLACE = _("A branch of this level cannot be placed there. Choose another parent.")
THERE = _("The branch is already there. Choose another parent.")


@transaction.atomic
def move_branch(
    *, branch: Branch, under: Branch, reason: str, now: datetime, by: User, seen: str | None = None
) -> Branch:
    """Hang a branch with all below it under another parent of the right level.

    ``seen`` is ``place_digest`` of what its author had open; None leaves that unchecked.

    Raises:
        Refused: the parent is closed, of another level, or the one it has.
        EditConflict: somebody else moved it, or one of those above it.
    """
    branch, under = _locked(branch, under)
    _require_seen(branch, seen)
    if under.level != PARENT_LEVELS[BranchLevel(branch.level)]:
        raise Refused(NO_PLACE)
    if parent_of(branch) == under:
        raise Refused(THERE)
    return _hang(branch, under, action="move", reason=reason, now=now, by=by)


@transaction.atomic
def merge_branch(
    *, branch: Branch, successor: Branch, reason: str, now: datetime, by: User, seen: str | None = None
) -> Branch:
    """Close a branch whose sub-branches and open work go to ``successor``; roles at it end.

    The successor is of the same level, or the parent of a branch that has nothing below it.

    Raises:
        Refused: the successor is closed, is itself, or of another level.
        EditConflict: somebody else moved the branch since it was ``seen``.
    """
    branch, successor = _locked(branch, successor)
    _require_seen(branch, seen)
    children = list(_open_children(branch))
    if branch == successor:
        raise Refused(THERE)
    if successor.level != branch.level and (successor != parent_of(branch) or children):
        raise Refused(NO_PLACE)
    for child in children:
        # Treebeard keeps paths in memory, and each move changes them.
        _hang(
            Branch.objects.get(pk=child.pk),
            Branch.objects.get(pk=successor.pk),
            action="move",
            reason=reason,
            now=now,
            by=by,
        )
    _hand_over(branch, successor, now=now, by=by)
    return _close(branch, action="merge", successor=successor, reason=reason, now=now, by=by)


@transaction.atomic
def close_branch(*, branch: Branch, reason: str, now: datetime, by: User) -> Branch:
    """Close a branch that has neither sub-branches nor open work; roles at it end.

    New signals for it go into quarantine.

    Raises:
        Refused: it is the head office, has open sub-branches, or has open work (merge it then).
    """
    (branch,) = _locked(branch)
    if branch.depth == 1:
        raise Refused(NO_PLACE)
    if children := _open_children(branch).count():
        raise Refused(
            ngettext(
                "%(n)d open branch is below it. Move, merge or close it first.",
                "%(n)d open branches are below it. Move, merge or close them first.",
                children,
            )
            % {"n": children}
        )
    if work := _hand_over(branch, None, now=now, by=by):
        raise Refused(
            ngettext(
                "%(n)d open task remains. Merge the branch so that a successor branch takes it over.",
                "%(n)d open tasks remain. Merge the branch so that a successor branch takes them over.",
                work,
            )
            % {"n": work}
        )
    return _close(branch, action="close", successor=None, reason=reason, now=now, by=by)


def _require_seen(branch: Branch, seen: str | None) -> None:
    last = BranchTransition.objects.filter(subject=branch).select_related("by").order_by("pk").last()
    what = f"{last.old_path} → {last.new_path}" if last else ""
    require_seen(seen, place_digest(branch), by=last and last.by, at=last and last.at, what=what)


def lock_tree() -> None:
    """One change of the tree at a time: each rewrites paths of many rows. Held until the commit."""
    Branch.objects.select_for_update(no_key=True).filter(depth=1).first()


def _locked(*branches: Branch) -> Iterator[Branch]:
    """The rows as they are now, locked against new applications, open all of them."""
    lock_tree()
    keys = [branch.pk for branch in branches]
    rows = {row.pk: row for row in Branch.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    if any(row.closed_on is not None for row in rows.values()):
        raise Refused(_("One of the two branches has been closed. Reload the page."))
    return (rows[key] for key in keys)


def _open_children(branch: Branch) -> QuerySet[Branch]:
    children: QuerySet[Branch] = Branch.objects.get_children(branch)
    return children.filter(closed_on__isnull=True)


def _hang(branch: Branch, under: Branch, *, action: str, reason: str, now: datetime, by: User) -> Branch:
    old = codes_down_to(branch)
    Branch.objects.move(branch, under, pos="sorted-child")
    moved: Branch = Branch.objects.get(pk=branch.pk)
    _note(moved, action=action, old=old, new=codes_down_to(moved), reason=reason, now=now, by=by)
    return moved


def _close(
    branch: Branch, *, action: str, successor: Branch | None, reason: str, now: datetime, by: User
) -> Branch:
    old = codes_down_to(branch)
    Branch.objects.filter(pk=branch.pk).update(closed_on=timezone.localdate(now), successor=successor)
    current = Q(valid_until__isnull=True) | Q(valid_until__gt=now)
    for grant in RoleGrant.objects.filter(current, branch=branch).select_related("user", "branch"):
        end_role(grant=grant, now=now, by=by, reason=reason)
    _note(branch, action=action, old=old, new="", successor=successor, reason=reason, now=now, by=by)
    closed: Branch = Branch.objects.get(pk=branch.pk)
    return closed


def _hand_over(branch: Branch, successor: Branch | None, *, now: datetime, by: User) -> int:
    """Give open work to the successor; without one only count it."""
    return sum(branch_ended(branch=branch, successor=successor, now=now, by=by))


def _note(
    branch: Branch,
    *,
    action: str,
    old: str,
    new: str,
    reason: str,
    now: datetime,
    by: User,
    successor: Branch | None = None,
) -> None:
    history.record(
        branch,
        action=action,
        now=now,
        by=by,
        reason=reason,
        old_path=old,
        new_path=new,
        successor=successor,
    )
    log_disclosure(
        user=by,
        action=f"{action}_branch",
        subject=f"branch:{branch.code}",
        branch=branch,
        purpose=reason[:200],
        now=now,
    )
