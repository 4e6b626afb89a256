"""The candidate's link: a token that is derived, never stored.

16 bytes of HMAC over the notice's key; the table holds only the SHA-256 of the token, so neither a
dump of the database nor its backup opens a notice.
"""

import base64
from hashlib import sha256
from uuid import UUID

from django.conf import settings

from hrportal.kernel.encryption import blind_index

TOKEN_BYTES = 16
# In base64, without its padding.
LENGTH_OF_TOKEN = 22


def token_of(notice_id: UUID) -> str:
    """22 characters that are safe in a URL."""
    raw = blind_index(notice_id.bytes, purpose="notice link")[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def digest_of(token: str) -> bytes:
    """What the table holds."""
    return sha256(token.encode()).digest()


def sample_link() -> str:
    """An address as long as real ones are, which opens nothing."""
    return f"{settings.PUBLIC_URL}/n/{'x' * LENGTH_OF_TOKEN}"


def link_of(notice_id: UUID) -> str:
    """The address a candidate opens."""
    return f"{settings.PUBLIC_URL}/n/{token_of(notice_id)}"
