"""What WeChat and WeCom share: errcode answers behind an access token, sorted-SHA-1 signatures, flat XML."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree
from django.core.cache import cache

from notifications.providers.base import CallbackRefused, Outcome, SendResult
from notifications.providers.wire import AccessToken, Response, Verdict, call, json_object, refused_by_status

# The token ended early: another system asked for a fresh one, or the provider turned the secret.
TOKEN_REFUSED = frozenset({40001, 40014, 42001})
# What was overheard must not live long; both repeat within seconds.
SIGNATURE_LIFE = timedelta(minutes=5)


def errcode(body: Mapping[str, Any]) -> int | None:
    """Return the answer's errcode, zero where it is left out of a success; None if unreadable."""
    code = body.get("errcode", 0 if body else None)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def fetched_token(
    response: Response | SendResult, errors: Mapping[int, Verdict], *, otherwise: Verdict
) -> tuple[str, int] | SendResult:
    """Read a token answer. Nothing was sent yet, so no failure here can be an unknown send."""
    if isinstance(response, SendResult):
        return SendResult(outcome=Outcome.TRANSIENT, code=response.code)
    refused = refused_by_status(response)
    if refused is not None:
        outcome = Outcome.TRANSIENT if refused.outcome is Outcome.UNKNOWN else refused.outcome
        return SendResult(outcome=outcome, code=refused.code, retry_after=refused.retry_after)
    body = json_object(response)
    token, seconds = body.get("access_token"), body.get("expires_in")
    if isinstance(token, str) and token and isinstance(seconds, int):
        return token, seconds
    code = errcode(body)
    if not code:
        return SendResult(outcome=Outcome.TRANSIENT, code="token_unreadable")
    return errors.get(code, otherwise).result(str(code))


async def post_with_token(
    token: AccessToken,
    url: str,
    payload: Mapping[str, Any],
    read: Callable[[int, dict[str, Any]], SendResult],
) -> SendResult:
    """Post one message under the token, once more under a fresh one if the provider refuses the token.

    The repeat is safe: an answer that refuses the token says that the message was not taken.
    """
    result = SendResult(outcome=Outcome.TRANSIENT, code="token_refused")
    for _ in range(2):
        value = await token.get()
        if isinstance(value, SendResult):
            return value
        response = await call("POST", url, params={"access_token": value}, json=payload)
        if isinstance(response, SendResult):
            return response
        refused = refused_by_status(response)
        if refused is not None:
            return refused
        body = json_object(response)
        code = errcode(body)
        if code is None:
            return SendResult(outcome=Outcome.UNKNOWN, code=f"unreadable_{response.status_code}")
        if code not in TOKEN_REFUSED:
            return read(code, body)
        token.forget(value)
        result = SendResult(outcome=Outcome.TRANSIENT, code=str(code))
    return result


def signature(*parts: str) -> str:
    """Return the hex SHA-1 over the sorted parts, as both providers sign."""
    return hashlib.sha1(
        "".join(sorted(parts)).encode("utf-8", "surrogatepass"), usedforsecurity=False
    ).hexdigest()


def check_signature(given: str, *parts: str) -> None:
    """Compare in constant time.

    Raises:
        CallbackRefused: the signature is not that of the parts.
    """
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), signature(*parts).encode()):
        raise CallbackRefused("signature")


def check_age(timestamp: str) -> None:
    """Refuse what was signed long ago, or will be.

    Raises:
        CallbackRefused: no timestamp, or more than ``SIGNATURE_LIFE`` from now.
    """
    signed_at = moment(timestamp)
    if signed_at is None or abs(datetime.now(UTC) - signed_at) > SIGNATURE_LIFE:
        raise CallbackRefused("timestamp")


def moment(seconds: str) -> datetime | None:
    """Read seconds since 1970 as an aware time; None if it is no such number."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= len("9999999999")):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def check_is_own_body(signed: str, body: bytes) -> None:
    """Let a signature that covers no body stand for one body only: the first that came with it.

    Raises:
        CallbackRefused: another body came with this signature before.
    """
    digest = hashlib.sha256(body).hexdigest()
    key, seconds = f"callback:{signed}", 2 * int(SIGNATURE_LIFE.total_seconds())
    if not cache.add(key, digest, seconds) and cache.get(key) != digest:
        raise CallbackRefused("signature used for another body")


def flat_xml(body: bytes) -> dict[str, str]:
    """Return the children of the root by tag. No DTD, no entity is ever expanded.

    Raises:
        CallbackRefused: not well-formed XML.
    """
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        raise CallbackRefused("not XML") from error
    return {child.tag: (child.text or "").strip() for child in root}
