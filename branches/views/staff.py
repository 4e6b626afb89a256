"""Staff: who may do what where, for head office and provinces."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission
from branches.enums import ApprovalState, StaffMessageKind
from branches.forms.staff import EndForm, InviteForm, RoleForm, StaffFilter
from branches.models import ApprovalRequest, Branch, Department, RoleGrant, User
from branches.operations.staff import (
    Place,
    ask_account,
    ask_role,
    in_care,
    take_role,
)
from branches.operations.staff_import import end_of, start_of
from branches.queries import branch_choices, path_of
from branches.queries.staff import (
    delegations_of,
    department_choices,
    history_of_staff,
    narrowed_staff,
    visible_grants,
    visible_staff,
    with_grants,
)
from branches.roles import Role, rights_of_role
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.outbox import OutboxState
from hrportal.kernel.pages import Typed, form_page, sent, tabs, takes
from hrportal.kernel.refusals import Refused
from hrportal.kernel.searches import searched, without_words_in_address

ENDED = "ended"
VIEWS = (("", gettext_lazy("In service")), (ENDED, gettext_lazy("Roles ended")))


@takes("GET")
@without_words_in_address
def index(request: HttpRequest) -> HttpResponse:
    """The staff of the viewer's branches, the newest accounts first."""
    access, now = manager(request), clocks.now()
    form = StaffFilter(searched(request), branches=branch_choices(access.scopes[Permission.MANAGE_STAFF]))
    wanted = form.cleaned_data if form.is_valid() else {}
    ended = wanted.get("view") == ENDED
    rows = narrowed_staff(
        visible_staff(access),
        access,
        q=wanted.get("q", "").strip(),
        role=wanted.get("role", ""),
        branch_path=path_of(wanted.get("branch", "")),
        ended=ended,
        now=now,
    )
    rows = rows if form.is_valid() else rows.none()
    found = page(with_grants(rows, access), by="date_joined", cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "page": found,
        "now": now,
        "ended": ended,
        "views": tabs(reverse("staff"), VIEWS, ENDED if ended else ""),
    }
    return render(request, "staff/index.html", context)


@takes("GET")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its roles, stand-ins and history."""
    access, person = find_member(request, pk)
    return _show(request, access, person)


@takes("GET", "POST")
def invite_staff(request: HttpRequest) -> HttpResponse:
    """Ask for an account with its first role; its owner gets the link once a second person has approved."""
    access = manager(request)
    form = InviteForm(sent(request), **_choices(access))

    def asked(typed: Typed) -> None:
        request_made = ask_account(
            username=typed["username"],
            name=typed["name"],
            contact=form.contact(),
            place=_place(typed),
            now=clocks.now(),
            access=access,
        )
        report_waiting(request, request_made)

    return form_page(
        request,
        form,
        asked,
        title=_("Invite an employee"),
        intro=_(
            "A second person approves the account. The password link is then sent by email or WeCom to "
            "its owner only."
        ),
        submit_label=_("Invite"),
        back_url=reverse("staff"),
    )


@takes("GET", "POST")
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a further role."""
    access, person = find_member(request, pk)

    def asked(typed: Typed) -> None:
        report_waiting(request, ask_role(user=person, place=_place(typed), now=clocks.now(), access=access))

    return form_page(
        request,
        RoleForm(sent(request), **_choices(access)),
        asked,
        title=_("Grant a role to %(name)s") % {"name": person},
        intro=_("It takes effect once a second person has approved it."),
        submit_label=_("Grant"),
        back_url=reverse("staff_member", args=[person.pk]),
    )


@takes("GET", "POST")
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role at once."""
    access = manager(request)
    held = get_object_or_404(visible_grants(access).select_related("user", "branch", "department"), pk=pk)
    return form_page(
        request,
        EndForm(sent(request)),
        lambda typed: take_role(grant=held, reason=typed["reason"], now=clocks.now(), access=access),
        title=_("End a role of %(name)s") % {"name": held.user},
        intro=_("%(role)s at %(place)s. Tasks assigned only to this person go to the branch above.")
        % {"role": held.get_role_display(), "place": held.department or held.branch},
        submit_label=_("End the role"),
        submit_class="btn-danger",
        back_url=reverse("staff_member", args=[held.user_id]),
        done=_("The role has ended with immediate effect."),
    )


def manager(request: HttpRequest) -> Access:
    """The access of somebody who manages staff somewhere."""
    return viewer(request, Permission.MANAGE_STAFF)


def find_member(request: HttpRequest, pk: int) -> tuple[Access, User]:
    """The viewer's access, and one account that the viewer may know of."""
    access = manager(request)
    return access, get_object_or_404(visible_staff(access), pk=pk)


def _show(request: HttpRequest, access: Access, person: User) -> HttpResponse:
    now = clocks.now()
    (shown,) = with_grants(User.objects.filter(pk=person.pk), access)
    is_self = person.pk == access.user.pk
    grants = [
        (one, not is_self and not _is_over(one) and access.can_grant(one.role, branch=one.branch))
        for one in shown.shown_grants  # type: ignore[attr-defined]  # to_attr of the prefetch
    ]
    context = {
        "person": person,
        "grants": grants,
        "now": now,
        "is_self": is_self,
        "in_care": not is_self and in_care(access, person, now=now),
        "last_message": person.messages.filter(kind=StaffMessageKind.LINK).order_by("pk").last(),
        "delegations": delegations_of(person, access, now=now),
        "events": [_event(move) for move in history_of_staff(person, access)[:50]],
    }
    return render(request, "staff/detail.html", context)


def _is_over(one: RoleGrant) -> bool:
    return one.valid_until is not None and one.valid_until <= clocks.now()


def _event(move: Any) -> dict[str, Any]:
    words = {
        "invite": (_("Invited"), "busy"),
        "grant_role": (_("Role granted"), "good"),
        "end_role": (_("Role ended"), "bad"),
        "delegate": (_("Delegation"), "busy"),
        "end_delegation": (_("Delegation revoked"), "muted"),
        "new_link": (_("New password link"), "busy"),
        "rename": (_("New name"), "busy"),
        "vouch": (_("Account confirmed by a second person"), "good"),
        "change_address": (_("Address for links changed"), "busy"),
        "message_link": (_("Password link"), "busy"),
        "message_link_news": (_("Alert about a password link"), "muted"),
        "message_address_news": (_("Alert about a changed address"), "muted"),
    }
    title, tone = words.get(move.action, (move.action, "muted"))
    place = f"{move.branch} · {move.department}" if move.department else move.branch
    about = [move.get_role_display() if move.role else "", str(place or "")]
    if move.other:
        about.append(f"{move.subject} → {move.other}")
    if move.to_state in OutboxState.values:
        about.append(str(OutboxState(move.to_state).label))
    about.append(move.reason)
    return {
        "title": title,
        "tone": tone,
        "who": move.by or "",
        "at": move.at,
        "text": " · ".join(filter(None, about)),
    }


def _choices(access: Access) -> dict[str, list[tuple[str, str]]]:
    roles = {role for held in access.own_grants for role in rights_of_role(held.role).grants}
    return {
        "roles": [(role.value, str(role.label)) for role in Role if role in roles],
        "branches": branch_choices(access.scopes[Permission.MANAGE_STAFF]),
        "departments": department_choices(),
    }


def _place(found: Typed) -> Place:
    """Where and when, as it was typed."""
    branch = Branch.objects.get(code=found["branch"])
    if branch.closed_on is not None:
        raise Refused(_("This branch is closed. Choose its successor branch."), field="branch")
    department = None
    if found["department"]:
        department = Department.objects.filter(branch=branch, code=found["department"]).first()
        if department is None:
            raise Refused(_("The branch has no department with this code."), field="department")
    until = until_of(found["valid_until"])
    return Place(Role(found["role"]), branch, department, start_of(found["valid_from"]), until)


def until_of(day: date | None) -> datetime | None:
    """The end of the last day, as it was typed; refused where that is over."""
    until = end_of(day)
    if until is not None and until <= clocks.now():
        raise Refused(
            _("This date is in the past. Enter a later date, or leave it empty."), field="valid_until"
        )
    return until


def report_waiting(request: HttpRequest, asked: ApprovalRequest) -> None:
    """A word on what became of a request for approval."""
    if asked.state == ApprovalState.IN_FORCE:
        messages.warning(
            request,
            _(
                "In effect immediately because no second person is available in the bank yet. It has to be confirmed later."
            ),
        )
    else:
        messages.success(request, _("Submitted for approval. A colleague has to approve it under Approvals."))
