"""Branches: the tree level by level; moving, merging and closing, for head office."""

from collections.abc import Callable
from typing import Unpack

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access, Permission
from branches.bank_files import PARENT_LEVELS
from branches.enums import BranchLevel
from branches.forms.staff import EndForm
from branches.forms.tree import BranchTargetForm
from branches.models import Branch, BranchTransition
from branches.operations.tree import close_branch, merge_branch, move_branch
from branches.queries import head_office, parent_of, paths_down_to
from branches.queries.tree import children_of, history_of_branch, open_branch_choices, place_digest
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.pages import Words, form_page, sent, takes


@takes("GET")
def top(request: HttpRequest) -> HttpResponse:
    """The head office and the provinces."""
    _access(request)
    return _show(request, head_office())


@takes("GET")
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One branch, what lies right below it, and its history."""
    _, branch = _find(request, code)
    return _show(request, branch)


@takes("GET", "POST")
def move(request: HttpRequest, code: str) -> HttpResponse:
    """Hang a branch under another parent."""
    access, branch = _find(request, code, open_only=True)
    above = PARENT_LEVELS[BranchLevel(branch.level)]
    return _with_target(
        request,
        branch,
        lambda target, reason, seen: move_branch(
            branch=branch, under=target, reason=reason, seen=seen, now=clocks.now(), by=access.user
        ),
        targets=open_branch_choices(above) if above else [],
        label=_("New parent"),
        title=_("Move %(branch)s") % {"branch": branch},
        intro=_("Access changes immediately for this branch and all branches below it."),
        submit_label=_("Move"),
        done=_("Moved. Access changes with immediate effect."),
    )


@takes("GET", "POST")
def merge(request: HttpRequest, code: str) -> HttpResponse:
    """Close a branch and give its work to another."""
    access, branch = _find(request, code, open_only=True)
    targets = [choice for choice in open_branch_choices(branch.level) if choice[0] != branch.code]
    parent = parent_of(branch)
    if parent is not None and not children_of(branch).filter(closed_on__isnull=True).exists():
        targets.append((parent.code, f"{parent.name} {parent.code}"))
    return _with_target(
        request,
        branch,
        lambda target, reason, seen: merge_branch(
            branch=branch, successor=target, reason=reason, seen=seen, now=clocks.now(), by=access.user
        ),
        targets=targets,
        label=_("Successor branch"),
        title=_("Merge %(branch)s into another branch") % {"branch": branch},
        intro=_(
            "Sub-branches and open work go to the successor branch. Notices not yet received are composed again. Roles at this branch end; grant them at the successor branch where needed."
        ),
        submit_label=_("Merge and close"),
        submit_class="btn-danger",
        done=_("Merged. The successor branch takes over the open work."),
    )


@takes("GET", "POST")
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close a branch that has nothing open."""
    access, branch = _find(request, code, open_only=True)
    return form_page(
        request,
        EndForm(sent(request)),
        lambda typed: close_branch(branch=branch, reason=typed["reason"], now=clocks.now(), by=access.user),
        done=_("Closed. New results for this branch will be listed under Invalid results."),
        title=_("Close %(branch)s") % {"branch": branch},
        intro=_(
            "Only a branch without open work can be closed; merge it otherwise. Its roles end, and new results for it are listed under Invalid results."
        ),
        submit_label=_("Close the branch"),
        submit_class="btn-danger",
        back_url=reverse("branch", args=[branch.code]),
    )


def _access(request: HttpRequest) -> Access:
    return viewer(request, Permission.MANAGE_BRANCHES)


def _find(request: HttpRequest, code: str, *, open_only: bool = False) -> tuple[Access, Branch]:
    access = _access(request)
    rows = Branch.objects.select_related("successor")
    rows = rows.filter(closed_on__isnull=True, depth__gt=1) if open_only else rows
    branch = get_object_or_404(rows, code=code)
    access.require_at(Permission.MANAGE_BRANCHES, branch_id=branch.pk)
    return access, branch


def _show(request: HttpRequest, branch: Branch) -> HttpResponse:
    above = {row.path: row for row in Branch.objects.filter(path__in=paths_down_to(branch))}
    context = {
        "branch": branch,
        "above": [above[path] for path in sorted(above)][:-1],
        "children": children_of(branch),
        "events": [_event(move) for move in history_of_branch(branch)[:50]],
        "may_change": branch.depth > 1 and branch.closed_on is None,
    }
    return render(request, "branches/detail.html", context)


def _event(move: BranchTransition) -> dict[str, object]:
    titles = {"move": _("Moved"), "merge": _("Merged"), "close": _("Closed")}
    way = f"{move.old_path} → {move.new_path or (move.successor.code if move.successor else '–')}"
    return {
        "title": f"{titles.get(move.action, move.action)} · {move.subject}",
        "tone": "busy" if move.action == "move" else "bad",
        "who": move.by or "",
        "at": move.at,
        "text": " · ".join(filter(None, [way, move.reason])),
    }


def _with_target(
    request: HttpRequest,
    branch: Branch,
    act: Callable[[Branch, str, str], object],
    *,
    targets: list[tuple[str, str]],
    label: str,
    done: str,
    **words: Unpack[Words],
) -> HttpResponse:
    return form_page(
        request,
        BranchTargetForm(sent(request), label=label, targets=targets, initial={"seen": place_digest(branch)}),
        lambda typed: act(Branch.objects.get(code=typed["target"]), typed["reason"], typed["seen"]),
        back_url=reverse("branch", args=[branch.code]),
        done=done,
        **words,
    )
