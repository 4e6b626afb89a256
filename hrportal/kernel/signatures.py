"""Standard Webhooks signatures, checked and made on raw bytes.

The published library decodes the body as text before it looks at the signature and raises whatever
a malformed header makes it raise; an entry point that anyone can reach needs the bytes as they came and one
kind of refusal. The tests hold both against each other.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from django.core.exceptions import ImproperlyConfigured

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"
TOLERANCE_SECONDS: Final = 300
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the public prefix of every secret
# Rotation needs two or three; the rest would be somebody making us compute.
MAX_SIGNATURES: Final = 8

_ID = re.compile(r"[!-~]{1,128}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class SignatureRefused(Exception):
    """The request does not prove who sent it.

    Attributes:
        code: ``signature-missing``, ``signature-malformed``, ``signature-clock`` or ``signature-wrong``.
        detail: one sentence with the remedy; holds nothing that was sent.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def message_headers(headers: Mapping[str, str], *, now: float) -> tuple[str, str, str]:
    """Id, timestamp and signatures as they were sent, before there is a body to hold them against.

    Args:
        headers: looked up by the lower-case names above.
        now: real time, seconds since the epoch: what the sender's clock is held against.

    Raises:
        SignatureRefused: a header is missing or malformed, or the clock is off by more than
            ``TOLERANCE_SECONDS``.
    """
    message_id, stamp = headers.get(ID_HEADER), headers.get(TIMESTAMP_HEADER)
    signatures = headers.get(SIGNATURE_HEADER)
    if not message_id or not stamp or not signatures:
        raise SignatureRefused(
            "signature-missing", "Send the headers webhook-id, webhook-timestamp and webhook-signature."
        )
    if not _ID.fullmatch(message_id):
        raise SignatureRefused(
            "signature-malformed", "Use 1 to 128 printable ASCII characters without spaces as webhook-id."
        )
    if not _TIMESTAMP.fullmatch(stamp):
        raise SignatureRefused(
            "signature-malformed", "Send whole seconds since 1970-01-01 as webhook-timestamp."
        )
    if abs(now - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureRefused(
            "signature-clock",
            "Sign at the time of sending and keep the clock right: five minutes are tolerated.",
        )
    return message_id, stamp, signatures


def verify(body: bytes, headers: Mapping[str, str], *, secrets: Sequence[str], now: float) -> str:
    """The proven id of the message.

    Args:
        body: exactly what was received.
        headers: looked up by the lower-case names above.
        secrets: every active secret, ``whsec_`` and base64; any of them may have signed.
        now: real time, seconds since the epoch: what the sender's clock is held against.

    Raises:
        SignatureRefused: a header is missing or malformed, the clock is off by more than
            ``TOLERANCE_SECONDS``, or no signature fits.
        ImproperlyConfigured: a secret is not base64, or there is none.
    """
    message_id, stamp, signatures = message_headers(headers, now=now)
    offered = [part[3:].encode() for part in signatures.split(" ")[:MAX_SIGNATURES] if part.startswith("v1,")]
    message = f"{message_id}.{stamp}.".encode() + body
    fits = False
    # No early way out: how long it takes says nothing about which secret or signature was close.
    for key in _keys(tuple(secrets)):
        expected = _digest(key, message)
        for signature in offered:
            fits |= hmac.compare_digest(expected, signature)
    if not fits:
        raise SignatureRefused(
            "signature-wrong", "Sign id, timestamp and the raw body, joined by dots, with an active secret."
        )
    return message_id


def sign(body: bytes, *, message_id: str, timestamp: int, secret: str) -> dict[str, str]:
    """The three headers for a message that is sent now.

    Raises:
        ImproperlyConfigured: the secret is not base64.
    """
    message = f"{message_id}.{timestamp}.".encode() + body
    (key,) = _keys((secret,))
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: f"v1,{_digest(key, message).decode()}",
    }


def _digest(key: bytes, message: bytes) -> bytes:
    return base64.b64encode(hmac.digest(key, message, "sha256"))


@lru_cache(maxsize=16)
def _keys(secrets: tuple[str, ...]) -> tuple[bytes, ...]:
    keys = []
    for secret in filter(None, (secret.strip() for secret in secrets)):
        encoded = secret.removeprefix(SECRET_PREFIX).rstrip("=")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not key:
            raise ImproperlyConfigured("A webhook secret is not whsec_ followed by base64.")
        keys.append(key)
    if not keys:
        raise ImproperlyConfigured("No webhook secret is set.")
    return tuple(keys)
