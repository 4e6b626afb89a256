"""Stand-ins for an absence."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access
from branches.forms.staff import DelegationForm
from branches.models import Delegation, User
from branches.operations.roles import AlreadyEnded
from branches.operations.staff import StaffRefused, delegate_access, revoke_delegation
from branches.operations.staff_import import end_of, start_of
from branches.queries.staff import visible_staff
from branches.views.pages import form_page
from branches.views.staff import find_member, manager, told, tried
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes


@takes("GET", "POST")
def delegate_rights(request: HttpRequest, pk: int) -> HttpResponse:
    """Name a stand-in for an absence."""
    access, person = find_member(request, pk)
    form = DelegationForm(request.POST if request.method == "POST" else None)
    back_url = reverse("staff_member", args=[person.pk])
    if request.method == "POST" and form.is_valid() and _delegated(request, form, access, person):
        messages.success(request, _("Access delegated. The delegate acts under their own name."))
        return redirect(back_url)
    return form_page(
        request,
        form,
        title=_("Delegate for %(name)s") % {"name": person},
        intro="",
        submit=_("Delegate access"),
        back_url=back_url,
    )


@takes("POST")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take delegated rights back."""
    access, now = manager(request), clocks.now()
    delegation = get_object_or_404(
        Delegation.objects.filter(delegator__in=visible_staff(access)).select_related(
            "delegator", "delegate"
        ),
        pk=pk,
    )
    try:
        revoke_delegation(delegation=delegation, now=now, access=access)
    except StaffRefused as refused:
        messages.error(request, str(told(refused)))
    except AlreadyEnded:
        messages.warning(request, _("This was changed by someone else. Reload the page."))
    else:
        messages.success(request, _("Delegation revoked with immediate effect."))
    return redirect("staff_member", pk=delegation.delegator_id)


def _delegated(request: HttpRequest, form: DelegationForm, access: Access, person: User) -> bool:
    found, now = form.cleaned_data, clocks.now()
    delegate = visible_staff(access).filter(username=found["delegate"].strip(), is_active=True).first()
    if delegate is None:
        form.add_error("delegate", _("No employee of your branches has this user name. See the staff list."))
        return False
    if delegate.pk == person.pk:
        form.add_error("delegate", _("The delegate must be a different person."))
        return False
    until = end_of(found["valid_until"])
    if until is None or until <= now:
        form.add_error("valid_until", _("This date is in the past. Enter a later date, or leave it empty."))
        return False
    return tried(
        request,
        form,
        lambda: delegate_access(
            delegator=person,
            delegate=delegate,
            valid_from=start_of(found["valid_from"]) or now,
            valid_until=until,
            reason=found["reason"],
            now=now,
            access=access,
        ),
    )
