"""Branches: the tree level by level; moving, merging and closing, for head office."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.access import Access, Permission, access_of
from branches.bank_files import PARENT_LEVELS
from branches.enums import BranchLevel
from branches.forms.staff import EndForm
from branches.forms.tree import BranchTargetForm
from branches.models import Branch, BranchTransition
from branches.operations.tree import TreeRefusal, TreeRefused, close_branch, merge_branch, move_branch
from branches.queries import head_office, parent_of, paths_down_to
from branches.queries.tree import children_of, history_of_branch, open_branch_choices, place_digest
from branches.views.pages import form_page
from hrportal.kernel import clocks
from hrportal.kernel.optimistic_lock import EditConflict, refuse
from hrportal.kernel.pages import takes


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
        targets=open_branch_choices(above) if above else [],
        label=_("New parent"),
        title=_("Move %(branch)s") % {"branch": branch},
        intro=_("Access changes immediately for this branch and all branches below it."),
        submit=_("Move"),
        done=_("Moved. Access changes with immediate effect."),
        act=lambda target, reason, seen: move_branch(
            branch=branch, under=target, reason=reason, seen=seen, now=clocks.now(), by=access.user
        ),
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
        targets=targets,
        label=_("Successor branch"),
        title=_("Merge %(branch)s into another branch") % {"branch": branch},
        intro=_(
            "Sub-branches and open work go to the successor branch. Notices not yet received are composed again. Roles at this branch end; grant them at the successor branch where needed."
        ),
        submit=_("Merge and close"),
        submit_class="btn-danger",
        done=_("Merged. The successor branch takes over the open work."),
        act=lambda target, reason, seen: merge_branch(
            branch=branch, successor=target, reason=reason, seen=seen, now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def close(request: HttpRequest, code: str) -> HttpResponse:
    """Close a branch that has nothing open."""
    access, branch = _find(request, code, open_only=True)
    form = EndForm(request.POST if request.method == "POST" else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and _tried(
            form,
            lambda: close_branch(
                branch=branch, reason=form.cleaned_data["reason"], now=clocks.now(), by=access.user
            ),
        )
    ):
        messages.success(
            request, _("Closed. New results for this branch will be listed under Invalid results.")
        )
        return redirect("branch", code=branch.code)
    return form_page(
        request,
        form,
        title=_("Close %(branch)s") % {"branch": branch},
        intro=_(
            "Only a branch without open work can be closed; merge it otherwise. Its roles end, and new results for it are listed under Invalid results."
        ),
        submit=_("Close the branch"),
        submit_class="btn-danger",
        back_url=reverse("branch", args=[branch.code]),
    )


def _access(request: HttpRequest) -> Access:
    access = access_of(request.user, now=clocks.now())
    access.require(Permission.MANAGE_BRANCHES)
    return access


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
    *,
    targets: list[tuple[str, str]],
    label: str,
    act: Callable[[Branch, str, str], object],
    done: str,
    **words: str,
) -> HttpResponse:
    form = BranchTargetForm(
        request.POST if request.method == "POST" else None,
        label=label,
        targets=targets,
        initial={"seen": place_digest(branch)},
    )
    back_url = reverse("branch", args=[branch.code])
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        target = Branch.objects.get(code=typed["target"])
        if _tried(form, lambda: act(target, typed["reason"], typed["seen"])):
            messages.success(request, done)
            return redirect(back_url)
    return form_page(request, form, back_url=back_url, **words)


def _tried(form: EndForm, act: Callable[[], object]) -> bool:
    try:
        act()
    except TreeRefused as refused:
        form.add_error(None, _told(refused))
        return False
    except EditConflict as refusal:
        refuse(form, refusal)
        return False
    return True


def _told(refused: TreeRefused) -> str:
    match refused.why:
        case TreeRefusal.CHILDREN:
            return ngettext(
                "%(n)d open branch is below it. Move, merge or close it first.",
                "%(n)d open branches are below it. Move, merge or close them first.",
                refused.count,
            ) % {"n": refused.count}
        case TreeRefusal.WORK:
            return ngettext(
                "%(n)d open task remains. Merge the branch so that a successor branch takes it over.",
                "%(n)d open tasks remain. Merge the branch so that a successor branch takes them over.",
                refused.count,
            ) % {"n": refused.count}
        case TreeRefusal.CLOSED:
            return _("One of the two branches has been closed. Reload the page.")
        case TreeRefusal.SAME:
            return _("The branch is already there. Choose another parent.")
        case _:
            return _("A branch of this level cannot be placed there. Choose another parent.")
