"""WeChat's and WeCom's common ground: tokens that end, sorted-SHA-1 signatures, XML events."""

import hashlib
import secrets
import time
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web

TOKEN_SECONDS = 7200


class Tokens:
    """The one access token of an account, the same for all who ask while it lives."""

    def __init__(self) -> None:
        """Make the first."""
        self.value = secrets.token_urlsafe(48)

    def turn(self) -> None:
        """End the present token early."""
        self.value = secrets.token_urlsafe(48)


def sha1_signature(*parts: str) -> str:
    """Return the hex SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def event_xml(fields: dict[str, str | int]) -> bytes:
    """Return a flat event, text in CDATA and numbers bare, as the providers write it."""
    lines = [
        f"<{name}>{value}</{name}>" if isinstance(value, int) else f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in fields.items()
    ]
    return f"<xml>{''.join(lines)}</xml>".encode()


def stamp() -> tuple[str, str]:
    """Return a timestamp and a nonce for a callback's query."""
    return str(int(time.time())), secrets.token_hex(5)


def errcode(code: int, message: str = "", **more: Any) -> web.Response:
    """Return the providers' answer: HTTP 200 whatever happened, the truth in ``errcode``."""
    return web.json_response(
        {"errcode": code, "errmsg": escape(message) or ("ok" if code == 0 else "error"), **more}
    )


async def json_body(request: web.Request) -> dict[str, Any] | None:
    """Return the posted object, or None."""
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
