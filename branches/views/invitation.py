"""The entry point of an invited colleague: a link that is good once, then a password of their own."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from branches.access import log_disclosure
from branches.models import User
from branches.operations.staff_messages import invitation_tokens
from hrportal.kernel import clocks
from hrportal.kernel.client_addresses import client_address


class InvitationView(PasswordResetConfirmView):
    """Django keeps the token in the session after the first look, so that no address bar shows it."""

    template_name = "join.html"
    token_generator = invitation_tokens
    success_url = reverse_lazy("sign_in")
    reset_url_token = "password"  # noqa: S105 - a word in the address

    def form_valid(self, form: object) -> HttpResponse:
        """Into the access log, and on to the sign-in."""
        response = super().form_valid(form)  # type: ignore[arg-type]  # the stubs want their own form class
        user = cast("User", self.user)
        log_disclosure(
            user=user,
            action="password_set_by_link",
            subject=f"branches_user:{user.pk}",
            purpose=client_address(self.request),
            now=clocks.now(),
        )
        messages.success(self.request, _("Your password has been set. Sign in with it."))
        return response
