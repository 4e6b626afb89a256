"""The door of an invited colleague: a link that is good once, then a password of their own."""

from django.contrib import messages
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from branches.operations.staff import invitation_tokens


class JoinView(PasswordResetConfirmView):
    """Django keeps the token in the session after the first look, so that no address bar shows it."""

    template_name = "join.html"
    token_generator = invitation_tokens
    success_url = reverse_lazy("sign_in")
    reset_url_token = "password"  # noqa: S105 - a word in the address

    def form_valid(self, form: object) -> HttpResponse:
        """On to the sign-in."""
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return super().form_valid(form)  # type: ignore[arg-type]  # the stubs want their own form class
