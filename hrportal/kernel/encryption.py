"""Encrypted personal data: AES-256-GCM with the row and field bound in, and a ring of keys.

An encrypted value is ``version (1) | key id length (1) | key id | nonce (12) | ciphertext and tag``.
The key id travels with the value, so keys rotate without a stop; the associated data names table,
row and field, so a value moved to another row or column no longer opens.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = 1
NONCE_BYTES = 12


class DecryptionFailed(Exception):
    """An encrypted value does not open: wrong key, moved, or altered. Never shows the value."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id; ``first`` encrypts, every key opens."""

    first: str
    ciphers: dict[str, AESGCM]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read ``id:base64,id:base64``.

        Raises:
            ImproperlyConfigured: no key, a doubled id, or a key that is not 32 bytes.
        """
        ciphers: dict[str, AESGCM] = {}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            key_id, _, encoded = entry.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                key = b""
            if not key_id or len(key_id) > 255 or len(key) != 32 or key_id in ciphers:
                raise ImproperlyConfigured(
                    "DATA_KEYS must be id:base64 pairs of 32 bytes with different ids."
                )
            ciphers[key_id] = AESGCM(key)
        if not ciphers:
            raise ImproperlyConfigured("DATA_KEYS holds no key.")
        return cls(first=next(iter(ciphers)), ciphers=ciphers)

    def encrypt(self, plain: bytes, *, bound_to: str) -> bytes:
        """Encrypt with the first key; ``bound_to`` is needed again to open."""
        key_id = self.first.encode()
        nonce = secrets.token_bytes(NONCE_BYTES)
        secret = self.ciphers[self.first].encrypt(nonce, plain, bound_to.encode())
        return bytes([VERSION, len(key_id)]) + key_id + nonce + secret

    def decrypt(self, blob: bytes, *, bound_to: str) -> bytes:
        """Open an encrypted value.

        Raises:
            DecryptionFailed: the key is not on the key ring, or the value was moved or altered.
        """
        key_id = key_id_of(blob)
        cipher = self.ciphers.get(key_id)
        if cipher is None:
            raise DecryptionFailed(f"No key {key_id!r} on the ring for {bound_to}. Add it to DATA_KEYS.")
        start = 2 + blob[1]
        nonce, secret = blob[start : start + NONCE_BYTES], blob[start + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, secret, bound_to.encode())
        except InvalidTag:
            raise DecryptionFailed(
                f"The sealed value of {bound_to} does not open with key {key_id!r}."
            ) from None


def key_id_of(blob: bytes) -> str:
    """The id of the key a value was encrypted with.

    Raises:
        DecryptionFailed: these bytes are not an encrypted value.
    """
    if len(blob) < 2 + NONCE_BYTES or blob[0] != VERSION:
        raise DecryptionFailed("These bytes are not a sealed value.")
    return blob[2 : 2 + blob[1]].decode(errors="replace")


@lru_cache(maxsize=4)
def _parsed_key_ring(text: str) -> KeyRing:
    return KeyRing.parse(text)


def key_ring() -> KeyRing:
    """The ring of the settings, parsed once for each value of ``DATA_KEYS``."""
    return _parsed_key_ring(settings.DATA_KEYS)


def blind_index(value: str | bytes, *, purpose: str) -> bytes:
    """32 bytes by which an equal value is found without opening any: HMAC-SHA-256.

    The purpose separates the fields, so that a phone number and an account id that happen to be
    equal do not show it. The key is apart from the encryption keys.
    """
    raw = value.encode() if isinstance(value, str) else value
    key = base64.b64decode(settings.BLIND_INDEX_KEY)
    return hmac.new(key, purpose.encode() + b"\0" + raw, sha256).digest()
