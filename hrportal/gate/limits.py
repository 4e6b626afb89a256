"""What each address takes, and what a sender must show before a body is read. Pure.

The size is an upper bound that holds before anything is read; a view may allow less. The seconds are
for the whole body, so that a sender who drips cannot hold a place for longer.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from hrportal.kernel.signatures import SignatureRefused, message_headers

KIB: Final = 1024
MIB: Final = 1024 * KIB
# A length with more digits than this is no length.
LONGEST_LENGTH = 18


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many bytes within so many seconds."""

    max_bytes: int
    seconds: float


# The first prefix that fits counts.
LIMITS: Final[tuple[tuple[str, Limit], ...]] = (
    ("/api/v1/interview-signals/batch", Limit(settings.SIGNAL_BATCH_MAX_BYTES, 120)),
    ("/api/v1/performance-records", Limit(settings.PERFORMANCE_MAX_BYTES, 60)),
    ("/api/", Limit(settings.SIGNAL_MAX_BYTES, 10)),
    ("/webhooks/", Limit(64 * KIB, 10)),
    # Files that people choose; the forms name their own limits, and these leave room for the answer to do so.
    ("/performance-records/", Limit(settings.UPLOAD_MAX_BYTES, 60)),
    ("/staff/import/", Limit(4 * MIB, 60)),
    # Open to whoever has no account.
    ("/sign-in/", Limit(64 * KIB, 10)),
    ("/join/", Limit(64 * KIB, 10)),
    ("/n/", Limit(64 * KIB, 20)),
    ("/", Limit(MIB, 30)),
)
# What a sender shows in any case: a header, a cookie or a part of the query.
SIGNED_API: Final = ("/api/v1/interview-signals", "/api/v1/performance-records", "/api/v1/recommendations")
SIGNED = (*SIGNED_API, "/webhooks/app")
WITH_HEADER: Final = (("/api/v1/app/", "authorization"), ("/webhooks/twilio/", "x-twilio-signature"))
WITH_QUERY: Final = (("/webhooks/wechat", "signature="), ("/webhooks/wecom", "msg_signature="))
# Programs call these; they read problem documents, not pages.
MACHINES: Final = ("/api/", "/webhooks/")
# When a sender who was told that the portal is busy may come again.
RETRY_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a body is not taken.

    Attributes:
        status: 400, 408, 411, 413 or 503.
        limit: of the address.
    """

    status: int
    limit: Limit


def limit_of(path: str) -> Limit:
    """The limit of an address."""
    return next(limit for prefix, limit in LIMITS if path.startswith(prefix))


def refusal(path: str, headers: Mapping[str, str]) -> Refusal | None:
    """Whether the headers alone say that the body is not to be read; names are looked up in lower case."""
    limit = limit_of(path)
    length = headers.get("content-length", "")
    if not length:
        return Refusal(411, limit) if headers.get("transfer-encoding") else None
    if not (length.isascii() and length.isdigit()) or len(length) > LONGEST_LENGTH:
        return Refusal(400, limit)
    return Refusal(413, limit) if int(length) > limit.max_bytes else None


def shows_nothing(path: str, query: str, headers: Mapping[str, str]) -> bool:
    """Whether what the address asks every sender for is missing, so that whatever the body says is refused."""
    if path.startswith(SIGNED):
        try:
            message_headers(headers, now=time.time())
        except SignatureRefused:
            return True
        return False
    for prefix, name in WITH_HEADER:
        if path.startswith(prefix):
            return not headers.get(name)
    for prefix, part in WITH_QUERY:
        if path.startswith(prefix):
            return part not in query
    if path.startswith(MACHINES):
        return False
    # Every form carries a token that must fit this cookie.
    return f"{settings.CSRF_COOKIE_NAME}=" not in headers.get("cookie", "")
