"""Guessing passwords: counted by account and address together, by account, and by address.

A browser in which an account has signed in before is known for this account (a device cookie, as OWASP
describes it). It has a count of its own: whoever guesses elsewhere, or beside it behind the same address,
locks neither it nor its neighbours out.
"""

import secrets
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse

from branches.models import User
from branches.sign_in.log import log_sign_in
from branches.sign_in.names import encrypted_name
from hrportal.kernel import clocks
from hrportal.kernel.client_addresses import client_address, network_of

COOKIE, SALT = "known_browser", "known browser"
KNOWN_SECONDS = 180 * 24 * 3600
MOST_ACCOUNTS = 8
# Failures within an hour, of browsers that are not known: of one account from anywhere, from one address for
# any accounts.
PER_ACCOUNT, PER_ADDRESS = 30, 60
HOUR = timedelta(hours=1)
SIGNED_IN = "signed_in_user"


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes ships no types
    """Axes' own counts of account and address, and the three others."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether a try is refused before the password is looked at."""
        if key := _key_of_known_browser(request, credentials):
            return bool(cache.get(key, 0) >= settings.AXES_FAILURE_LIMIT)
        if super().is_locked(request, credentials):
            return True
        account, address = _failures(request, credentials)
        if account < PER_ACCOUNT and address < PER_ADDRESS:
            return False
        request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]  # as axes names them
        return True

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count it where it belongs; what is locked already counts no further."""
        if request is None or getattr(request, "axes_locked_out", False):
            return
        if key := _key_of_known_browser(request, credentials):
            _count_known(request, key, credentials)
            return
        super().user_login_failed(sender, credentials, request, **kwargs)
        account, address = _failures(request, credentials)
        if account == PER_ACCOUNT or address == PER_ADDRESS:
            log_sign_in(request, "sign_in_locked", account=_account(credentials))


def counted_address(request: HttpRequest) -> str:
    """The address that is counted: of IPv6 the half that one household has."""
    return network_of(client_address(request))


def remember_browser(request: HttpRequest, response: HttpResponse) -> None:
    """After a sign-in that went all the way: this browser is known for the account from here on."""
    user: User | None = getattr(request, SIGNED_IN, None)
    if user is None:
        return
    known = {name: value for name, value in _known(request).items() if name != str(user.pk)}
    kept = dict(list(known.items())[-(MOST_ACCOUNTS - 1) :]) | {str(user.pk): secrets.token_hex(8)}
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=KNOWN_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        found: dict[str, str] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KNOWN_SECONDS
        )
    except signing.BadSignature:
        return {}
    return found


def _account(credentials: dict[str, Any] | None) -> User | None:
    return User.objects.filter(username=(credentials or {}).get("username") or "").first()


def _key_of_known_browser(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Under which this browser's failures for this account are counted; "" if it is not known for it."""
    if COOKIE not in request.COOKIES:
        return ""
    user = _account(credentials)
    browser = _known(request).get(str(user.pk)) if user else None
    return f"known-browser:{browser}" if browser else ""


def _count_known(request: HttpRequest, key: str, credentials: dict[str, Any]) -> None:
    cache.add(key, 0, timeout=HOUR.total_seconds())
    failures = cache.incr(key)
    request.axes_failures_since_start = failures  # type: ignore[attr-defined]  # as axes names it
    if failures >= settings.AXES_FAILURE_LIMIT:
        request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]  # as axes names them


def _failures(request: HttpRequest, credentials: dict[str, Any] | None) -> tuple[int, int]:
    """Of this account from anywhere, and from this address for any account, within the last hour."""
    recent = AccessAttempt.objects.filter(attempt_time__gt=clocks.wall_clock() - HOUR)
    of_account = recent.filter(username=encrypted_name(request, credentials))
    of_address = recent.filter(ip_address=counted_address(request))
    return tuple(  # type: ignore[return-value]  # two of them
        rows.aggregate(n=Sum("failures_since_start"))["n"] or 0 for rows in (of_account, of_address)
    )
