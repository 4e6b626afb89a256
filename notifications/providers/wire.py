"""The HTTP side that all providers share: one client per process, and what a failed call proves.

What matters is a single question: can the provider have read the request? Before the connection
stands it cannot, so the send may be repeated. Afterwards nobody knows, whatever the exception.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx
from django.conf import settings

from notifications.providers.base import Outcome, SendResult
from notifications.providers.deadlines import bounded, within

# httpx logs every URL at INFO, and a provider's URL can carry a phone number or an access token.
logging.getLogger("httpx").setLevel(logging.WARNING)

NOTHING_WRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
LONGEST_WAIT = timedelta(hours=1)
# Our own key or account was refused: every message would be, so the queue waits for the operators.
HELD_FOR_OPERATORS = timedelta(minutes=5)
TOKEN_MARGIN_SECONDS = 300


_making_client = threading.Lock()


def http_client() -> httpx.Client:
    """Return this process's client; its pool keeps connections alive between sends."""
    # A cache by itself lets threads that come first together each make a client; all but one of
    # them would be forgotten with their connections open.
    with _making_client:
        return _http_client()


def close_http_client() -> None:
    """Close the client's connections; the next call makes a client with the settings of then."""
    with _making_client:
        if _http_client.cache_info().currsize:
            _http_client().close()
        _http_client.cache_clear()


@cache
def _http_client() -> httpx.Client:
    client = httpx.Client(
        timeout=settings.PROVIDER_TIMEOUT_SECONDS,
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=30),
    )
    return bounded(client)


def _start_without_client() -> None:
    # Two processes reading answers from one socket would hand each other's answers out.
    _http_client.cache_clear()
    _making_client.release()


# Held over the fork, so that no child inherits a lock whose holder stayed behind.
os.register_at_fork(
    before=_making_client.acquire,
    after_in_parent=_making_client.release,
    after_in_child=_start_without_client,
)


def exchange(method: str, url: str, **options: Any) -> httpx.Response | SendResult:
    """Call a provider once; return its response, or a result where there was none.

    The whole call ends within ``PROVIDER_TIMEOUT_SECONDS``, and earlier inside a ``within`` that does.
    """
    try:
        with within(settings.PROVIDER_TIMEOUT_SECONDS):
            return http_client().request(method, url, **options)
    except NOTHING_WRITTEN as error:
        return SendResult(outcome=Outcome.TRANSIENT, code=type(error).__name__)
    except httpx.HTTPError as error:
        return SendResult(outcome=Outcome.UNKNOWN, code=type(error).__name__)


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the body as an object; empty for anything else, as proxies answer in HTML."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def refused_by_status(response: httpx.Response) -> SendResult | None:
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
    """A provider's short-lived token, fetched once for all threads and kept until shortly before its end."""

    def __init__(self, fetch: Callable[[], tuple[str, int] | SendResult]) -> None:
        """``fetch`` returns the token and its life in seconds, or why there is none."""
        self._fetch = fetch
        self._lock = threading.Lock()
        self._token = ""
        self._expires_at = 0.0

    def get(self) -> str | SendResult:
        """Return a token that lives, or why there is none. No message was sent in either case."""
        with self._lock:
            if self._token and time.monotonic() < self._expires_at:
                return self._token
            fetched = self._fetch()
            if isinstance(fetched, SendResult):
                return fetched
            self._token, seconds = fetched
            self._expires_at = time.monotonic() + max(seconds - TOKEN_MARGIN_SECONDS, seconds / 2)
            return self._token

    def forget(self, token: str) -> None:
        """Drop a token the provider refused; a newer one that another thread fetched stays."""
        with self._lock:
            if self._token == token:
                self._token = ""
