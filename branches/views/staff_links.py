"""Links for a password, and where they go."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.forms.staff import ChangeContactForm
from branches.operations.staff import StaffRefused, ask_contact, new_link
from branches.views.pages import form_page
from branches.views.staff import find_member, told, tried
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes


@takes("POST")
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a link for a new password sent to the account's owner."""
    access, person = find_member(request, pk)
    try:
        sent = new_link(user=person, now=clocks.now(), access=access)
    except StaffRefused as refused:
        messages.error(request, str(told(refused)))
    else:
        messages.success(
            request,
            _(
                "A password link is being sent to %(name)s by %(channel)s. The current password stays valid until the link is used."
            )
            % {"name": person, "channel": sent.get_channel_display()},
        )
    return redirect("staff_member", pk=person.pk)


@takes("GET", "POST")
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that links of a colleague go to another mailbox or WeCom account."""
    access, person = find_member(request, pk)
    form = ChangeContactForm(
        request.POST if request.method == "POST" else None,
        initial={"email": person.email, "wecom_id": person.wecom_id},
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and tried(
            request,
            form,
            lambda: ask_contact(
                user=person,
                contact=form.contact(),
                reason=form.cleaned_data["reason"],
                now=clocks.now(),
                access=access,
            ),
        )
    ):
        return redirect("staff_member", pk=person.pk)
    return form_page(
        request,
        form,
        title=_("Address for password links of %(name)s") % {"name": person},
        intro=_("It takes effect once a second person has approved it. The previous address is informed."),
        submit=_("Submit for approval"),
        back_url=reverse("staff_member", args=[person.pk]),
    )
