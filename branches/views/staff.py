"""Staff: who may do what where, for head office and provinces."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.access import GRANTABLE, Access, Power, access_of
from branches.enums import Role
from branches.forms.staff import EndForm, InviteForm, LendForm, RoleForm, StaffFilter
from branches.models import Branch, Delegation, Department, RoleGrant, User
from branches.operations.roles import AlreadyEnded, RoleMisplaced
from branches.operations.staff import (
    Place,
    Refusal,
    StaffRefused,
    UsernameTaken,
    give_role,
    in_care,
    invite,
    lend,
    new_link,
    take_back,
    take_role,
)
from branches.operations.staff_import import REFUSALS, end_of, start_of
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
from branches.views.pages import form_page
from hrportal.kernel import clocks
from hrportal.kernel.pages import page
from hrportal.kernel.searches import searched, without_words_in_address

ENDED = "ended"


@never_cache
@require_safe
@login_required
@without_words_in_address
def index(request: HttpRequest) -> HttpResponse:
    """The staff of the viewer's branches, the newest accounts first."""
    access, now = manager(request), clocks.now()
    form = StaffFilter(searched(request), branches=branch_choices(access.places[Power.MANAGE_STAFF]))
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
    context = {"form": form, "page": found, "now": now, "ended": ended, "views": _views(ended=ended)}
    return render(request, "staff/index.html", context)


@never_cache
@require_safe
@login_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its roles, stand-ins and history."""
    access, person = _find(request, pk)
    return _show(request, access, person)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invite_staff(request: HttpRequest) -> HttpResponse:
    """Make an account with its first role, and show its link once."""
    access = manager(request)
    form = InviteForm(request.POST if request.method == "POST" else None, **_choices(access))
    if request.method == "POST" and form.is_valid():
        found, now = form.cleaned_data, clocks.now()
        place = _place(form, access)
        if place is not None and _tried(
            form,
            lambda: invite(
                username=found["username"], name=found["name"], place=place, now=now, access=access
            ),
        ):
            person = User.objects.get(username=found["username"])
            return _link_page(request, access, person)
    return form_page(
        request,
        form,
        title=_("Invite a member of staff"),
        intro=_("The account gets a link, shown once, by which the person sets a password."),
        submit=_("Invite"),
        back_url=reverse("staff"),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a further role."""
    access, person = _find(request, pk)
    form = RoleForm(request.POST if request.method == "POST" else None, **_choices(access))
    if request.method == "POST" and form.is_valid():
        place = _place(form, access)
        if place is not None and _tried(
            form, lambda: give_role(user=person, place=place, now=clocks.now(), access=access)
        ):
            messages.success(request, _("Granted. It holds from its first day on."))
            return redirect("staff_member", pk=person.pk)
    return form_page(
        request,
        form,
        title=_("Grant a role to %(name)s") % {"name": person},
        intro="",
        submit=_("Grant"),
        back_url=reverse("staff_member", args=[person.pk]),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role at once."""
    access = manager(request)
    held = get_object_or_404(visible_grants(access).select_related("user", "branch", "department"), pk=pk)
    form = EndForm(request.POST if request.method == "POST" else None)
    back_url = reverse("staff_member", args=[held.user_id])
    if (
        request.method == "POST"
        and form.is_valid()
        and _tried(
            form,
            lambda: take_role(
                grant=held, reason=form.cleaned_data["reason"], now=clocks.now(), access=access
            ),
        )
    ):
        messages.success(request, _("Ended. The next request of this person no longer has it."))
        return redirect(back_url)
    return form_page(
        request,
        form,
        title=_("End a role of %(name)s") % {"name": held.user},
        intro=_("%(role)s at %(place)s. What waits for this person alone goes to the branch above.")
        % {"role": held.get_role_display(), "place": held.department or held.branch},
        submit=_("End the role"),
        submit_class="btn-danger",
        back_url=back_url,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lend_rights(request: HttpRequest, pk: int) -> HttpResponse:
    """Name a stand-in for an absence."""
    access, person = _find(request, pk)
    form = LendForm(request.POST if request.method == "POST" else None)
    back_url = reverse("staff_member", args=[person.pk])
    if request.method == "POST" and form.is_valid() and _lent(form, access, person):
        messages.success(request, _("Arranged. The stand-in acts under the own name."))
        return redirect(back_url)
    return form_page(
        request,
        form,
        title=_("A stand-in for %(name)s") % {"name": person},
        intro="",
        submit=_("Arrange"),
        back_url=back_url,
    )


@never_cache
@require_POST
@login_required
def end_loan(request: HttpRequest, pk: int) -> HttpResponse:
    """Take lent rights back."""
    access, now = manager(request), clocks.now()
    loan = get_object_or_404(
        Delegation.objects.filter(giver__in=visible_staff(access)).select_related("giver", "taker"), pk=pk
    )
    try:
        take_back(delegation=loan, now=now, access=access)
    except StaffRefused as refused:
        messages.error(request, str(_told(refused)))
    except AlreadyEnded:
        messages.warning(request, _("Somebody else was faster; this has changed meanwhile."))
    else:
        messages.success(request, _("Taken back; it holds from the next request on."))
    return redirect("staff_member", pk=loan.giver_id)


@never_cache
@require_POST
@login_required
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link for a password; the old password and older links end."""
    access, person = _find(request, pk)
    return _link_page(request, access, person)


def manager(request: HttpRequest) -> Access:
    """The access of somebody who manages staff somewhere."""
    access = access_of(request.user, now=clocks.now())
    access.require(Power.MANAGE_STAFF)
    return access


def invitation_url(request: HttpRequest, parts: tuple[str, str]) -> str:
    """The whole address of a link that sets a password."""
    return request.build_absolute_uri(reverse("join", args=parts))


def _find(request: HttpRequest, pk: int) -> tuple[Access, User]:
    access = manager(request)
    return access, get_object_or_404(visible_staff(access), pk=pk)


def _show(request: HttpRequest, access: Access, person: User) -> HttpResponse:
    now = clocks.now()
    (shown,) = with_grants(User.objects.filter(pk=person.pk), access)
    is_self = person.pk == access.user.pk
    grants = [
        (one, not is_self and not _is_over(one) and access.may_grant(one.role, branch=one.branch))
        for one in shown.shown_grants  # type: ignore[attr-defined]  # to_attr of the prefetch
    ]
    context = {
        "person": person,
        "grants": grants,
        "now": now,
        "is_self": is_self,
        "in_care": not is_self and in_care(access, person, now=now),
        "loans": delegations_of(person, access, now=now),
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
        "delegate": (_("Rights lent"), "busy"),
        "end_delegation": (_("Lent rights taken back"), "muted"),
        "new_link": (_("New link for a password"), "busy"),
        "rename": (_("New name"), "busy"),
    }
    title, tone = words.get(move.verb, (move.verb, "muted"))
    place = f"{move.branch} · {move.department}" if move.department else move.branch
    about = [move.get_role_display() if move.role else "", str(place or "")]
    if move.other:
        about.append(f"{move.staff} → {move.other}")
    about.append(move.reason)
    return {
        "title": title,
        "tone": tone,
        "who": move.actor or "",
        "at": move.at,
        "text": " · ".join(filter(None, about)),
    }


def _link_page(request: HttpRequest, access: Access, person: User) -> HttpResponse:
    try:
        parts = new_link(user=person, now=clocks.now(), access=access)
    except StaffRefused as refused:
        messages.error(request, str(_told(refused)))
        return redirect("staff_member", pk=person.pk)
    context = {"person": person, "link": invitation_url(request, parts)}
    return render(request, "staff/link.html", context)


def _choices(access: Access) -> dict[str, list[tuple[str, str]]]:
    roles = {role for held in access.grants for role in GRANTABLE.get(held.role, ())}
    return {
        "roles": [(role.value, str(role.label)) for role in Role if role in roles],
        "branches": branch_choices(access.places[Power.MANAGE_STAFF]),
        "departments": department_choices(),
    }


def _place(form: RoleForm, access: Access) -> Place | None:
    """Where and when, or None after the form was told what is wrong."""
    found = form.cleaned_data
    branch = Branch.objects.get(code=found["branch"])
    if branch.closed_on is not None:
        form.add_error("branch", _("This branch is closed; choose the one that took its work."))
        return None
    department = None
    if found["department"]:
        department = Department.objects.filter(branch=branch, code=found["department"]).first()
        if department is None:
            form.add_error("department", _("The branch has no department with this code."))
            return None
    until = end_of(found["valid_until"])
    if until is not None and until <= clocks.now():
        form.add_error("valid_until", _("This day is over; write a later one or leave it empty."))
        return None
    return Place(Role(found["role"]), branch, department, start_of(found["valid_from"]), until)


def _lent(form: LendForm, access: Access, person: User) -> bool:
    found, now = form.cleaned_data, clocks.now()
    taker = visible_staff(access).filter(username=found["taker"].strip(), is_active=True).first()
    if taker is None:
        form.add_error("taker", _("Nobody of your branches has this user name; see the list of staff."))
        return False
    if taker.pk == person.pk:
        form.add_error("taker", _("Name somebody else than the absent person."))
        return False
    until = end_of(found["valid_until"])
    if until is None or until <= now:
        form.add_error("valid_until", _("This day is over; write a later one or leave it empty."))
        return False
    return _tried(
        form,
        lambda: lend(
            giver=person,
            taker=taker,
            valid_from=start_of(found["valid_from"]) or now,
            valid_until=until,
            reason=found["reason"],
            now=now,
            access=access,
        ),
    )


def _tried(form: Any, act: Callable[[], object]) -> bool:
    """Whether it was done; otherwise the form says what stood against it."""
    try:
        act()
    except (StaffRefused, AlreadyEnded) as refused:
        form.add_error(None, str(_told(refused)))
    except RoleMisplaced:
        form.add_error("branch", _("This role does not exist at a branch of this level."))
    except UsernameTaken:
        form.add_error("username", _("This user name is taken; choose another."))
    else:
        return True
    return False


def _told(refusal: Exception) -> str | Promise:
    if isinstance(refusal, StaffRefused):
        return REFUSALS[Refusal(refusal.why)]
    return _("Somebody else was faster; this has changed meanwhile.")


def _views(*, ended: bool) -> list[dict[str, object]]:
    url = reverse("staff")
    return [
        {"url": url, "label": _("At work"), "is_active": not ended},
        {"url": f"{url}?view={ENDED}", "label": _("Roles ended"), "is_active": ended},
    ]
