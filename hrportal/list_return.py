"""A list that somebody left for an action is found again with its filters and its page.

An action ends in a redirect to the bare address of its list. Where the form stood on the list itself, the
browser says which of its pages that was; where it stood on the page of a row, the portal remembers from
which page of which list that row was opened. In two tabs each row leads back to its own list.
"""

import base64
import json
from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from hrportal.kernel.encryption import DecryptionFailed, key_ring

PLACES = "list_places"
MOST_PLACES = 30
REDIRECTS = (302, 303)


def back_to_the_list(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Remember where a row was opened from, and lead back there after an action."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not request.user.is_authenticated:
            return response
        if request.method == "GET" and response.status_code == 200:
            _remember(request)
        elif request.method == "POST" and response.status_code in REDIRECTS:
            address = _came_from(request, response.headers["Location"])
            if address:
                response.headers["Location"] = address
        return response

    return middleware


def _remember(request: HttpRequest) -> None:
    path, query = _referrer(request)
    # A row lies below its list; a list without a filter needs no memory, and ends an older one.
    if not path or path == request.path or not request.path.startswith(path):
        return
    kept = _read(request.session)
    came_from = f"{path}?{query}" if query else ""
    if kept.get(request.path, "") == came_from:
        return
    kept.pop(request.path, None)
    if came_from:
        kept[request.path] = came_from
    _write(request.session, dict(list(kept.items())[-MOST_PLACES:]))


def _came_from(request: HttpRequest, location: str) -> str:
    """The list with its filters; "" where the address has some of its own, or nothing is known."""
    target = urlsplit(location)
    if target.query or target.netloc or target.fragment:
        return ""
    path, query = _referrer(request)
    if path == target.path:
        return f"{path}?{query}" if query else ""
    kept = _read(request.session)
    # A page that was refused has the address of its form, below the page of the row.
    while path and path != target.path:
        if urlsplit(kept.get(path, "")).path == target.path:
            return kept[path]
        path = path.rstrip("/").rpartition("/")[0] + "/" if path.strip("/") else ""
    return ""


def _referrer(request: HttpRequest) -> tuple[str, str]:
    said = request.headers.get("Referer", "")
    if not said or not url_has_allowed_host_and_scheme(said, {request.get_host()}, request.is_secure()):
        return "", ""
    parts = urlsplit(said)
    return parts.path, parts.query


def _read(session: SessionBase) -> dict[str, str]:
    # Encrypted, for a filter may be a name or a number.
    encrypted = session.get(PLACES, "")
    if not encrypted:
        return {}
    try:
        found: dict[str, str] = json.loads(key_ring().decrypt(base64.b64decode(encrypted), bound_to=PLACES))
    except (DecryptionFailed, ValueError):
        return {}
    return found


def _write(session: SessionBase, places: dict[str, str]) -> None:
    raw = json.dumps(places).encode()
    session[PLACES] = base64.b64encode(key_ring().encrypt(raw, bound_to=PLACES)).decode()
