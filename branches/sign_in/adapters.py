"""The bank's answers where allauth asks: who may enter, what is written down, how secrets are kept."""

import time
from typing import Any

import qrcode
import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.models import User
from branches.operations.second_factors import decrypt_secret, encrypt_secret
from branches.sign_in.log import log_sign_in
from hrportal.kernel.client_addresses import client_address

log = structlog.get_logger()

# For so long after a password, a code or the single sign-on nobody is asked again to confirm who they are.
CONFIRMED_SECONDS = 300
QUIET_ZONE = 4


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Staff accounts: made by head office, never by signing up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": gettext_lazy(
            "User name or password is wrong. Both are case-sensitive."
        ),
        "incorrect_password": gettext_lazy("Incorrect password."),
        "too_many_login_attempts": gettext_lazy("Too many wrong codes. Try again in five minutes."),
        "rate_limited": gettext_lazy("Too many attempts. Try again in five minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: wrong passwords are counted by axes, in the database."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Write down the failure, and once that the account is locked for this address."""
        failures = getattr(request, "axes_failures_since_start", None) or 0
        if failures > settings.AXES_FAILURE_LIMIT:
            return
        account = User.objects.filter(username=credentials.get("username", "")).first()
        action = "sign_in_locked" if failures == settings.AXES_FAILURE_LIMIT else "sign_in_failed"
        log_sign_in(request, action, account=account)

    def login(self, request: HttpRequest, user: User) -> None:
        """The last step of every way in."""
        super().login(request, user)
        log_sign_in(request, "sign_in", by=user)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """As if the account did not exist."""
        log_sign_in(request, "sign_in_failed", account=user)
        return _back_to_sign_in(request, _("This account is disabled. Contact head-office HR."))

    def is_reauthentication_required(self, *, app: str = "") -> bool:
        """Not while the sign-in itself is fresh."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not records or time.time() - records[-1]["at"] > CONFIRMED_SECONDS

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Whoever has a second factor confirms by it: a password alone does not replace it."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        codes = [method for method in methods if method["id"] == "mfa_reauthenticate"]
        return codes or methods

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address behind our own proxies."""
        return client_address(request)

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Only what carries its own text; allauth's templates of messages are not ours."""
        if message := kwargs.get("message"):
            messages.add_message(request, level, message)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """App and recovery codes, their secrets encrypted with the key ring of the personal data."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("Incorrect code. Wait for the next code and enter it in full."),
        "cannot_generate_recovery_codes": gettext_lazy("Set up the authenticator app first."),
    }

    def get_totp_issuer(self) -> str:
        """What the app on the phone shows above the code."""
        english = (translation.get_language() or "").startswith("en")
        return settings.BANK_NAME_EN if english else settings.BANK_NAME_ZH

    def get_totp_label(self, user: User) -> str:
        """The name one signs in with."""
        return user.username

    def encrypt(self, text: str) -> str:
        """Encrypt a secret."""
        return encrypt_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret.

        Raises:
            DecryptionFailed: the key is not on the key ring, or the value was altered.
        """
        return decrypt_secret(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """The QR code as one path, without the inline style that our policy forbids."""
        code = qrcode.QRCode(border=QUIET_ZONE)
        code.add_data(url)
        rows = code.get_matrix()
        path = "".join(
            f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
        )
        return format_html(
            '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
            '<rect width="{0}" height="{0}" fill="#fff"/><path d="{2}" fill="#000"/></svg>',
            len(rows),
            _("QR code for the authenticator app"),
            path,
        )


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The bank's single sign-on opens accounts that exist here, found by the staff number; it makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Match by the staff number, at every sign-in: who has left the bank's register has left here.

        Raises:
            ImmediateHttpResponse: back to the sign-in page, when nobody here has the number, or the identity
                is tied to another account.
        """
        name = sociallogin.account.extra_data.get("staff_number")
        staff = User.objects.filter(username=name, is_active=True).first() if name else None
        if staff is None or (sociallogin.is_existing and sociallogin.user != staff):
            log_sign_in(request, "single_sign_on_refused", account=staff)
            refusal = _("Single sign-on succeeded, but no portal account has your staff number. Contact HR.")
            raise ImmediateHttpResponse(_back_to_sign_in(request, refusal))
        if not sociallogin.is_existing:
            sociallogin.connect(request, staff)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Whatever went wrong on the way, the sign-in page is there with a sentence.

        Raises:
            ImmediateHttpResponse: always.
        """
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(_back_to_sign_in(request, _("Single sign-on was cancelled.")))
        log_sign_in(request, "single_sign_on_failed")
        # The kinds only: what providers answer may hold codes, tokens and names.
        cause = exception.__cause__ if exception else None
        log.warning("single_sign_on_failed", error=type(exception).__name__, cause=type(cause).__name__)
        raise ImmediateHttpResponse(
            _back_to_sign_in(request, _("Single sign-on failed. Try again, or use your password."))
        )


def _back_to_sign_in(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return HttpResponseRedirect(resolve_url("sign_in"))
