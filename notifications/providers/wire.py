"""The HTTP side that all providers share: one client per process, and what a failed call proves.

What matters is a single question: can the provider have read the request? Before the connection
stands it cannot, so the send may be repeated. Afterwards nobody knows, whatever the exception.
"""

import asyncio
import atexit
import json
import os
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from django.conf import settings

from notifications.providers.base import Outcome, SendResult
from notifications.providers.deadlines import seconds_left
from notifications.providers.loop import waited

LONGEST_WAIT = timedelta(hours=1)
# Our own key or account was refused: every message would be, so the queue waits for the operators.
HELD_FOR_OPERATORS = timedelta(minutes=5)
TOKEN_MARGIN_SECONDS = 300


# Connections that stay open between calls, and how long one may idle; the calls themselves are bounded by
# ``PROVIDER_CALLS``.
KEPT_SECONDS = 30

_written: ContextVar[list[bool]] = ContextVar("written")
_session: aiohttp.ClientSession | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a provider answered over HTTP, read to its end."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """A status of the 200s."""
        return self.status_code // 100 == 2

    def json(self) -> Any:
        """The body; raises ``ValueError`` if it is none."""
        return json.loads(self.content)


class _Request(aiohttp.ClientRequest):
    """A request that says when its first byte may leave."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        _written.get().append(True)
        return await super().send(conn)


async def call(method: str, url: str, **options: Any) -> Response | SendResult:
    """Call a provider once, on the loop; return its answer, or a result where there was none.

    The whole call ends within ``PROVIDER_TIMEOUT_SECONDS``, and earlier inside a ``within`` that does.
    """
    written: list[bool] = []
    _written.set(written)
    limit = aiohttp.ClientTimeout(total=seconds_left(settings.PROVIDER_TIMEOUT_SECONDS))
    try:
        # A redirect could lead a key or a candidate's address to another host.
        async with _client().request(
            method, url, timeout=limit, allow_redirects=False, proxy=_proxy(url), **options
        ) as response:
            return Response(
                status_code=response.status, headers=response.headers, content=await response.read()
            )
    except (aiohttp.ClientError, OSError) as error:
        outcome = Outcome.UNKNOWN if written else Outcome.TRANSIENT
        return SendResult(outcome=outcome, code=type(error).__name__)


def exchange(method: str, url: str, **options: Any) -> Response | SendResult:
    """``call`` for whoever waits in a thread."""
    return waited(call(method, url, **options))


def close_http_client() -> None:
    """Close the kept connections; the next call makes others."""
    if _session is not None:
        waited(_close())


async def _close() -> None:
    global _session
    closing, _session = _session, None
    if closing:
        await closing.close()


def _client() -> aiohttp.ClientSession:
    """The client of this process's loop; its pool keeps connections alive between calls."""
    global _session  # noqa: PLW0603 - a process has one
    if _session is None:
        _session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS, ssl=_trusted()),
            cookie_jar=aiohttp.DummyCookieJar(),
            json_serialize=partial(json.dumps, ensure_ascii=False, separators=(",", ":"), allow_nan=False),
            request_class=_Request,
        )
    return _session


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``, else the well-known ones."""
    return httpx.create_ssl_context()


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for the address, if any."""
    parts = urlsplit(url)
    return _proxy_of(parts.scheme, parts.netloc)


@cache
def _proxy_of(scheme: str, host: str) -> str | None:
    return None if proxy_bypass(host) else getproxies().get(scheme)


def _start_without_client() -> None:
    # Two processes reading answers from one socket would hand each other's answers out.
    global _session  # noqa: PLW0603 - the loop it belongs to stayed behind
    _of_parent.append(_session)
    _session = None


_of_parent: list[aiohttp.ClientSession | None] = []
os.register_at_fork(after_in_child=_start_without_client)
atexit.register(close_http_client)


def json_object(response: Response) -> dict[str, Any]:
    """Return the body as an object; empty for anything else, as proxies answer in HTML."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def refused_by_status(response: Response) -> SendResult | None:
    """Translate what every HTTP provider means alike: 429 and 5xx. None for all other statuses."""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return SendResult(outcome=Outcome.THROTTLED, code="429", retry_after=retry_after(response.headers))
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return SendResult(outcome=Outcome.UNKNOWN, code=str(response.status_code))
    return None


def retry_after(headers: Mapping[str, str], *, default: timedelta = timedelta(seconds=1)) -> timedelta:
    """Read ``Retry-After`` in seconds or as an HTTP date, within zero and one hour."""
    value = header(headers, "retry-after").strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), LONGEST_WAIT.total_seconds()))
    else:
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return default
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        wait = moment - datetime.now(UTC)
    return min(max(wait, timedelta()), LONGEST_WAIT)


def header(headers: Mapping[str, str], name: str) -> str:
    """Return one header whatever its capitals, or an empty string."""
    return next((value for key, value in headers.items() if key.lower() == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One line of a provider's error table, in the portal's words."""

    outcome: Outcome
    address_is_bad: bool = False
    retry_after: timedelta | None = None

    def result(self, code: str) -> SendResult:
        """Return the send result under the provider's own code."""
        return SendResult(
            outcome=self.outcome,
            code=code,
            address_is_bad=self.address_is_bad,
            retry_after=self.retry_after,
        )


BAD_ADDRESS = Verdict(outcome=Outcome.PERMANENT, address_is_bad=True)
REFUSED = Verdict(outcome=Outcome.PERMANENT)
BUSY = Verdict(outcome=Outcome.TRANSIENT)
HELD = Verdict(outcome=Outcome.THROTTLED, retry_after=HELD_FOR_OPERATORS)


def throttled(**wait: float) -> Verdict:
    """Return a verdict "later", waiting ``timedelta(**wait)``."""
    return Verdict(outcome=Outcome.THROTTLED, retry_after=timedelta(**wait))


class AccessToken:
    """A provider's short-lived token, fetched once for all calls and kept until shortly before its end."""

    def __init__(self, fetch: Callable[[], Awaitable[tuple[str, int] | SendResult]]) -> None:
        """``fetch`` returns the token and its life in seconds, or why there is none."""
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._token = ""
        self._expires_at = 0.0

    async def get(self) -> str | SendResult:
        """Return a token that lives, or why there is none. No message was sent in either case."""
        async with self._lock:
            if self._token and time.monotonic() < self._expires_at:
                return self._token
            fetched = await self._fetch()
            if isinstance(fetched, SendResult):
                return fetched
            self._token, seconds = fetched
            self._expires_at = time.monotonic() + max(seconds - TOKEN_MARGIN_SECONDS, seconds / 2)
            return self._token

    def forget(self, token: str) -> None:
        """Drop a token the provider refused; a newer one that another call fetched stays."""
        if self._token == token:
            self._token = ""
