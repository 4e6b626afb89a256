"""Stand-ins for an absence."""

from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.access import Access
from branches.forms.staff import DelegationForm
from branches.models import Delegation, User
from branches.operations.staff import delegate_access, revoke_delegation
from branches.operations.staff_import import start_of
from branches.queries.staff import visible_staff
from branches.views.staff import find_member, manager, until_of
from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, form_page, sent, takes, tried
from hrportal.kernel.refusals import Refused


@takes("GET", "POST")
def delegate_rights(request: HttpRequest, pk: int) -> HttpResponse:
    """Name a stand-in for an absence."""
    access, person = find_member(request, pk)

    def delegated(found: Typed) -> None:
        delegate_access(
            delegator=person,
            delegate=_delegate(access, person, found["delegate"]),
            valid_from=start_of(found["valid_from"]) or clocks.now(),
            valid_until=cast("datetime", until_of(found["valid_until"])),
            reason=found["reason"],
            now=clocks.now(),
            access=access,
        )

    return form_page(
        request,
        DelegationForm(sent(request)),
        delegated,
        title=_("Delegate for %(name)s") % {"name": person},
        submit_label=_("Delegate access"),
        back_url=reverse("staff_member", args=[person.pk]),
        done=_("Access delegated. The delegate acts under their own name."),
    )


@takes("POST")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take delegated rights back."""
    access = manager(request)
    delegation = get_object_or_404(
        Delegation.objects.filter(delegator__in=visible_staff(access)).select_related(
            "delegator", "delegate"
        ),
        pk=pk,
    )
    tried(
        request,
        lambda: revoke_delegation(delegation=delegation, now=clocks.now(), access=access),
        done=_("Delegation revoked with immediate effect."),
    )
    return redirect("staff_member", pk=delegation.delegator_id)


def _delegate(access: Access, person: User, username: str) -> User:
    delegate = visible_staff(access).filter(username=username.strip(), is_active=True).first()
    if delegate is None:
        raise Refused(
            _("No employee of your branches has this user name. See the staff list."), field="delegate"
        )
    if delegate.pk == person.pk:
        raise Refused(_("The delegate must be a different person."), field="delegate")
    return delegate
