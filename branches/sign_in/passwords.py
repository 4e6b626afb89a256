"""The bank's password rule: classes of signs, and none of the last passwords again."""

from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from branches.models import FormerPassword, User
from branches.operations.passwords import remember_password
from hrportal.kernel import clocks


class ClassesValidator:
    """Signs of several classes: small letters, capitals, digits, others."""

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def validate(self, password: str, user: User | None = None) -> None:
        """Count the classes.

        Raises:
            ValidationError: fewer than the rule asks for.
        """
        found = {_class_of(sign) for sign in password}
        if len(found) < self.classes:
            raise ValidationError(self.get_help_text(), code="password_classes")

    def get_help_text(self) -> str:
        """The rule in a sentence."""
        return _(
            "Use at least %(n)d of: lower-case letters, upper-case letters, digits, other characters."
        ) % {"n": self.classes}


class HistoryValidator:
    """The last passwords of an account do not come back."""

    def __init__(self, kept: int) -> None:
        self.kept = kept

    def validate(self, password: str, user: User | None = None) -> None:
        """Compare with the hashes that are kept; slow, as every comparison with a hash is.

        Raises:
            ValidationError: it is one of them.
        """
        if user is None or not user.pk or not self.kept:
            return
        hashes = {user.password} if user.has_usable_password() else set()
        rows = FormerPassword.objects.filter(user=user).values_list("password", flat=True)
        hashes.update(rows[: self.kept])
        if any(check_password(password, hashed) for hashed in hashes):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def password_changed(self, password: str, user: User | None = None) -> None:
        """Called by Django whenever a password was set and saved."""
        if user is not None and self.kept:
            remember_password(user=user, keep=self.kept, now=clocks.wall_clock())

    def get_help_text(self) -> str:
        """The rule in a sentence."""
        return _("It must differ from the last %(n)d passwords of this account.") % {"n": self.kept}


def _class_of(sign: str) -> str:
    if sign.isdigit():
        return "digit"
    if sign.islower():
        return "small"
    return "capital" if sign.isupper() else "other"
