"""What happens at sign-in, in the access log: who or which account, from which address. No typed name."""

from django.http import HttpRequest

from branches.access import log_disclosure
from branches.models import User
from hrportal.kernel import clocks
from hrportal.kernel.client_addresses import client_address


def log_sign_in(
    request: HttpRequest, action: str, *, by: User | None = None, account: User | None = None
) -> None:
    """Write one entry. ``by`` has shown who they are; ``account`` is only what somebody tried to enter."""
    about = by or account
    log_disclosure(
        user=by,
        action=action,
        subject=f"branches_user:{about.pk}" if about else "sign_in:unknown",
        purpose=client_address(request),
        now=clocks.now(),
    )
