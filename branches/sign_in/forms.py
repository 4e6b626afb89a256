"""The forms at sign-in, in the portal's words."""

from typing import Any

from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import User
from branches.sign_in.log import log_sign_in


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types
    """Name and password; the name's field is called ``username``, as everywhere in Django."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        self.fields["login"].label = _("Username")
        self.fields["login"].widget = forms.TextInput(attrs=attributes)
        self.fields["password"].label = _("Password")
        self.fields["password"].widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})

    def add_prefix(self, field_name: str) -> str:
        """The name of a field in the page."""
        return "username" if field_name == "login" else str(super().add_prefix(field_name))


class ConfirmByPasswordForm(ReauthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The password once more, before something that protects the account is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "current-password", "autofocus": True}
        self.fields["password"].label = _("Password")
        self.fields["password"].widget = forms.PasswordInput(attrs=attributes)


class CodeField:
    """What the fields for a code have in common."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        self.fields["code"].label = _("Code")
        self.fields["code"].widget = forms.TextInput(attrs=attributes)


class LoggedCode(CodeField):
    """A code that does not fit is written down."""

    user: User

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:
        log_sign_in(context.request, "second_factor_failed", account=self.user)


class CodeForm(LoggedCode, AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """The code after the password."""


class ConfirmByCodeForm(LoggedCode, ReauthenticateByCodeForm):  # type: ignore[misc]  # the same
    """A code once more, before something that protects the account is changed."""


class SetUpForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth ships no types
    """The first code of a new app. Until it fits, the secret waits in the session, encrypted there too."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        # Not the parent's own, which would leave the secret in the session as it is.
        forms.Form.__init__(self, *args, **kwargs)
        self.fields["code"].label = _("Code shown in the authenticator app")
        self.fields["code"].widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}
        )
        self.user = user
        session = context.request.session
        if not self.is_bound or SECRET_SESSION_KEY not in session:
            session[SECRET_SESSION_KEY] = encrypt(generate_totp_secret())
        self.secret = decrypt(session[SECRET_SESSION_KEY])
