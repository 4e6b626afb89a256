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
        values = {
            "name": name,
            "username": username,
            "who": asked_by or _("the system administrator"),
            "link": link,
        }
        if kind == StaffMessageKind.LINK:
            return PlainMessage(
                address,
                _("Set your password for Offer notices"),
                _(
                    "Hello %(name)s,\n\nuse this link to set the password of your account "
                    "%(username)s. It can be used once and expires after three days. Do not share it "
                    "with anyone, including the requester:\n%(link)s\n\nRequested by %(who)s. If you "
                    "did not expect this, contact head-office HR."
                )
                % values,
                link,
            )
        if kind == StaffMessageKind.LINK_NOTICE:
            return PlainMessage(
                address,
                _("A password link was sent to you"),
                _(
                    "Hello %(name)s,\n\n%(who)s has requested a password link for your account "
                    "%(username)s, sent to your other address. If you did not expect this, contact "
                    "head-office HR."
                )
                % values,
            )
        return PlainMessage(
            address,
            _("The address of your account was changed"),
            _(
                "Hello %(name)s,\n\npassword links for your account %(username)s are no longer sent to "
                "this address. %(who)s requested the change. If you did not expect this, contact "
                "head-office HR immediately."
            )
            % values,
        )
