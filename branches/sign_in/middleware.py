"""Three guards: nothing without a sign-in, how long a sign-in lasts, and nothing without the second factor."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from branches.access import access_of
from branches.models import User
from branches.operations.sessions import touch_session
from branches.sign_in import session_limits
from branches.sign_in.lockout import remember_browser
from hrportal.kernel import clocks
from hrportal.kernel.client_addresses import client_address

Answer = Callable[[HttpRequest], HttpResponse]
# The only addresses that ask nobody to sign in: machines show a signature or a token, candidates the link
# that was sent to them; whoever has no sign-in yet must reach it and be able to read it.
OPEN = (
    "/api/",
    "/webhooks/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/n/",
    "/sign-in/",
    "/sign-out/",
    "/invitation/",
    "/language/",
    "/theme/",
    "/keys/",
)
SET_UP = "mfa_activate_totp"
# What somebody may reach who still has to set up the second factor.
ON_THE_WAY = {
    SET_UP,
    "account_reauthenticate",
    "mfa_reauthenticate",
    "sign_out",
    "set_language",
    "choose_theme",
}


class SignInRequired(LoginRequiredMiddleware):
    """Asks everywhere but at ``OPEN``, so that no page can forget it."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """A method that the page does not take is the page's to refuse."""
        is_taken = request.method in getattr(view_func, "methods", (request.method,))
        if request.path.startswith(OPEN) or not is_taken:
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def get_login_url(self, view_func: Callable[..., HttpResponseBase]) -> str:
        """The portal's one page, for the settings as well, whose own names a page that is not there."""
        return settings.LOGIN_URL


class SessionLimits:
    """Signs out who was idle for too long, or is signed in for too long; knows a browser after a sign-in."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look before the page does; requests without the cookie (programs, candidates) cost nothing."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = clocks.wall_clock()
            if session_limits.is_over(request.session, now=now):
                logout(request)
                messages.info(request, _("Your session has expired. Sign in again."))
            elif session_limits.see(request.session, now=now):
                touch_session(
                    session_key=request.session.session_key or "", address=client_address(request), now=now
                )
        response = self.get_response(request)
        remember_browser(request, response)
        return response


class SecondFactor:
    """Leads whoever holds a role and has no second factor to the page that sets it up, and nowhere else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Answer, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Asked once the page is known, before it runs."""
        if not settings.SECOND_FACTOR_REQUIRED or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in ON_THE_WAY:
            return None
        if not is_missing(request):
            return None
        address = resolve_url(SET_UP)
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(address)
        return HttpResponseRedirect(address)


def is_missing(request: HttpRequest) -> bool:
    """Whether the user must set up a second factor before anything else."""
    user = request.user
    return (
        settings.SECOND_FACTOR_REQUIRED
        and isinstance(user, User)
        and not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
        and bool(access_of(user, now=clocks.now()).grants)
    )
