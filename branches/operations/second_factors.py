"""The second factor of a member of staff, seen from outside: taken away when the phone is lost."""

import base64
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from branches.access import log_disclosure
from branches.models import User
from branches.operations.sessions import end_sessions
from hrportal.kernel import encryption
from hrportal.kernel.refusals import Refused

# allauth does not say whose a secret is, so it is bound to the table and not to the row.
BOUND_TO = "mfa_authenticator:data"
# Where in an authenticator's data a secret stands: of the app, of the recovery codes.
SECRETS = ("secret", "seed")


def encrypt_secret(text: str) -> str:
    """A secret as it is stored: encrypted, in base64."""
    return base64.b64encode(encryption.key_ring().encrypt(text.encode(), bound_to=BOUND_TO)).decode()


def decrypt_secret(stored: str) -> str:
    """The secret itself.

    Raises:
        DecryptionFailed: the key is not on the key ring, or the value was altered.
    """
    return encryption.key_ring().decrypt(base64.b64decode(stored), bound_to=BOUND_TO).decode()


def reencrypt_second_factors() -> int:
    """Encrypt every secret with the first key of the ring; returns how many were under another one.

    One row is one transaction, so it may be stopped and begun again.

    Raises:
        DecryptionFailed: a key that is still needed is not on the key ring.
    """
    changed = 0
    for pk in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            stale = [name for name in SECRETS if row and _is_stale(row.data.get(name, ""))]
            if row and stale:
                row.data |= {name: encrypt_secret(decrypt_secret(row.data[name])) for name in stale}
                row.save(update_fields=["data"])
                changed += 1
    return changed


def _is_stale(stored: str) -> bool:
    return bool(stored) and encryption.key_id_of(base64.b64decode(stored)) != encryption.key_ring().first


@transaction.atomic
def reset_second_factor(*, user: User, reason: str, now: datetime, by: User | None = None) -> None:
    """Remove app and recovery codes and end every sign-in; the next sign-in leads to setting it up anew.

    Raises:
        Refused: there is nothing to remove.
    """
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if not removed:
        raise Refused("The account has no second factor.")
    end_sessions(user=user)
    log_disclosure(
        user=by, action="second_factor_reset", subject=f"branches_user:{user.pk}", purpose=reason, now=now
    )
