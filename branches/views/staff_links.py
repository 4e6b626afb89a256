"""Links for a password, and where they go."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from branches.forms.staff import ChangeContactForm
from branches.operations.staff import ask_contact, new_link
from branches.views.staff import find_member, report_waiting
from hrportal.kernel import clocks
from hrportal.kernel.pages import Typed, form_page, sent, takes, tried


@takes("POST")
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a link for a new password sent to the account's owner."""
    access, person = find_member(request, pk)

    def send() -> None:
        message = new_link(user=person, now=clocks.now(), access=access)
        messages.success(
            request,
            _(
                "A password link is being sent to %(name)s by %(channel)s. The current password stays valid until the link is used."
            )
            % {"name": person, "channel": message.get_channel_display()},
        )

    tried(request, send)
    return redirect("staff_member", pk=person.pk)


@takes("GET", "POST")
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask that links of a colleague go to another mailbox or WeCom account."""
    access, person = find_member(request, pk)
    form = ChangeContactForm(sent(request), initial={"email": person.email, "wecom_id": person.wecom_id})

    def asked(typed: Typed) -> None:
        request_made = ask_contact(
            user=person, contact=form.contact(), reason=typed["reason"], now=clocks.now(), access=access
        )
        report_waiting(request, request_made)

    return form_page(
        request,
        form,
        asked,
        title=_("Address for password links of %(name)s") % {"name": person},
        intro=_("It takes effect once a second person has approved it. The previous address is informed."),
        submit_label=_("Submit for approval"),
        back_url=reverse("staff_member", args=[person.pk]),
    )
