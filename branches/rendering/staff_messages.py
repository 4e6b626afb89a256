"""The words of messages to staff. No candidate is in them."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from branches.enums import StaffMessageKind
from hrportal.kernel.outbox import PlainMessage


def staff_text(
    *, kind: str, address: str, username: str, name: str, asked_by: str, link: str, language: str
) -> PlainMessage:
    """One message in the reader's language; ``asked_by`` is who caused it, empty for the operator."""
    with override(language or settings.LANGUAGE_CODE):
        values = {"name": name, "username": username, "who": asked_by or _("the operator"), "link": link}
        if kind == StaffMessageKind.LINK:
            return PlainMessage(
                address,
                _("Set your password for the pass-notice portal"),
                _(
                    "Hello %(name)s,\n\nby this link you set the password of your account %(username)s. It "
                    "works once and for three days; give it to nobody, not to who asked for it either:\n"
                    "%(link)s\n\nAsked for by %(who)s. If you do not know why, tell head-office HR."
                )
                % values,
                link,
            )
        if kind == StaffMessageKind.LINK_NEWS:
            return PlainMessage(
                address,
                _("A link for a new password was sent to you"),
                _(
                    "Hello %(name)s,\n\n%(who)s has had a link for a new password of your account "
                    "%(username)s sent to your other address. If you do not know why, tell head-office HR."
                )
                % values,
            )
        return PlainMessage(
            address,
            _("The address of your account was changed"),
            _(
                "Hello %(name)s,\n\nlinks for the password of your account %(username)s no longer come to "
                "this address. It was changed at the request of %(who)s. If you do not know why, tell "
                "head-office HR at once."
            )
            % values,
        )
