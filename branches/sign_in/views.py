"""The pages of sign-in: sign-in, second factor, confirming, and one's own account."""

from datetime import timedelta
from typing import Any

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import PasswordChangeView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from branches.models import User
from branches.operations.sessions import begin_session, end_session, end_sessions, move_session
from branches.queries.sessions import open_sessions
from branches.sign_in import session_limits
from branches.sign_in.devices import device_name, is_phone, remember
from branches.sign_in.forms import ConfirmByPasswordForm, SignInForm
from branches.sign_in.lockout import SIGNED_IN
from branches.sign_in.log import log_sign_in
from branches.sign_in.middleware import is_missing
from hrportal.kernel import clocks
from hrportal.kernel.client_addresses import client_address
from hrportal.kernel.pages import takes


def begin(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Django's ``user_logged_in``, whichever way in: the limits begin, the session is listed."""
    now = clocks.wall_clock()
    setattr(request, SIGNED_IN, user)
    session_limits.stamp(request.session, now=now)
    begin_session(
        user=user,
        session_key=request.session.session_key or "",
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
        now=now,
    )


class SignInView(LoginView):  # type: ignore[misc]  # allauth ships no types
    """The sign-in page. Whoever is already inside goes on to their work."""

    form_class = SignInForm
    template_name = "sign_in.html"

    def form_valid(self, form: SignInForm) -> HttpResponse:
        """Sign in; the account's own language wins where this browser has not chosen one."""
        response: HttpResponse = super().form_valid(form)
        language = form.user.language
        if language and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where to go afterwards, and whether there is a single sign-on."""
        return {
            **super().get_context_data(**kwargs),
            "next": get_next_redirect_url(self.request) or "",
            "single_sign_on": bool(settings.OIDC_ISSUER),
        }


class ConfirmView(ReauthenticateView):  # type: ignore[misc]  # allauth ships no types
    """The password once more; whoever has a second factor is led to the other page."""

    form_class = ConfirmByPasswordForm
    template_name = "account/confirm.html"


class SetUpView(ActivateTOTPView):  # type: ignore[misc]  # allauth ships no types
    """The app on the phone is tied to the account."""

    template_name = "mfa/set_up.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether the visitor had a choice."""
        return {**super().get_context_data(**kwargs), "is_required": is_missing(self.request)}

    def form_valid(self, form: Any) -> HttpResponse:
        """From here on a code is asked; browsers that came in without are signed out."""
        response: HttpResponse = super().form_valid(form)
        end_sessions(user=self.request.user, keep=self.request.session.session_key or "")
        log_sign_in(self.request, "second_factor_set", by=self.request.user)
        return response


class RemoveView(DeactivateTOTPView):  # type: ignore[misc]  # allauth ships no types
    """The app is untied: for another phone, or for good where no second factor is asked."""

    template_name = "mfa/remove.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Afterwards the page that sets up the next one."""
        response: HttpResponse = super().form_valid(form)
        log_sign_in(self.request, "second_factor_removed", by=self.request.user)
        return redirect("mfa_activate_totp") if is_missing(self.request) else response


class NewCodesView(GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth ships no types
    """New recovery codes; the old ones are worth nothing any more."""

    template_name = "mfa/new_codes.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Shown once, on the next page."""
        response: HttpResponse = super().form_valid(form)
        log_sign_in(self.request, "recovery_codes_made", by=self.request.user)
        return response


class CodesView(ViewRecoveryCodesView):  # type: ignore[misc]  # allauth ships no types
    """The recovery codes, the one time they can be read."""

    template_name = "mfa/codes.html"


class PasswordView(PasswordChangeView):
    """Another password, after the present one; every other browser is signed out."""

    template_name = "account/password.html"
    success_url = reverse_lazy("account_change_password")

    def form_valid(self, form: Any) -> HttpResponse:
        """Django gives this session a new key; its entry in the list moves with it."""
        old_key = self.request.session.session_key or ""
        response = super().form_valid(form)
        new_key = self.request.session.session_key or ""
        move_session(old_key=old_key, new_key=new_key)
        end_sessions(user=form.user, keep=new_key)
        log_sign_in(self.request, "password_changed", by=form.user)
        messages.success(
            self.request, _("Your password has been changed. You have been signed out of all other devices.")
        )
        return response


@takes("GET")
def second_factor(request: HttpRequest) -> HttpResponse:
    """Whether there is an app, and how many recovery codes are left."""
    found = {row.type: row for row in Authenticator.objects.filter(user=request.user)}
    app, codes = (found.get(kind) for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES))
    left = len(codes.wrap().get_unused_codes()) if codes else 0
    return render(
        request,
        "mfa/index.html",
        {"app": app, "codes_left": left, "is_required": settings.SECOND_FACTOR_REQUIRED},
    )


@takes("GET")
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the viewer is signed in."""
    now = clocks.wall_clock()
    since = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    rows = [
        {
            "session": row,
            "device": device_name(row.agent),
            "is_phone": is_phone(row.agent),
            "is_this": row.session_key == request.session.session_key,
        }
        for row in open_sessions(_staff(request), seen_since=since, now=now)
    ]
    rows.sort(key=lambda row: not row["is_this"])
    return render(
        request,
        "account/sessions.html",
        {
            "rows": rows,
            "idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
            "hours": settings.SESSION_COOKIE_AGE // 3600,
        },
    )


@takes("POST")
def end(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the viewer's own sessions; ending this one is signing out."""
    if not end_session(user=_staff(request), session_id=session_id):
        raise Http404
    log_sign_in(request, "session_ended", by=_staff(request))
    messages.success(request, _("You have been signed out of that device."))
    return HttpResponseRedirect(resolve_url("sessions"))


@takes("POST")
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of the viewer's sessions but this one."""
    ended = end_sessions(user=_staff(request), keep=request.session.session_key or "")
    if ended:
        log_sign_in(request, "session_ended", by=_staff(request))
    messages.success(request, _("You have been signed out of all other devices."))
    return HttpResponseRedirect(resolve_url("sessions"))


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
