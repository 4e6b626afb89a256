"""What a browser calls itself, in words its owner recognises, and what it keeps of their choices."""

import re

from django.conf import settings
from django.http import HttpResponse

A_YEAR = 365 * 24 * 3600

# In this order: most browsers also name those they descend from.
BROWSERS = (
    ("WeCom", r"wxwork/"),
    ("WeChat", r"MicroMessenger/"),
    ("Edge", r"Edg(?:A|iOS)?/"),
    ("Firefox", r"(?:Firefox|FxiOS)/"),
    ("Chrome", r"(?:Chrome|CriOS)/"),
    ("Safari", r"Version/.*Safari/"),
)
SYSTEMS = (
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"),
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux"),
)
PHONES = {"HarmonyOS", "Android", "iPhone"}


def device_name(agent: str) -> str:
    """Browser and system ("Chrome · Windows"); "" when neither is known."""
    return " · ".join(filter(None, (_first(BROWSERS, agent), _first(SYSTEMS, agent))))


def is_phone(agent: str) -> bool:
    """Whether it is carried in a pocket."""
    return _first(SYSTEMS, agent) in PHONES


def remember(response: HttpResponse, name: str, value: str) -> None:
    """Keep a choice of appearance or language in this browser."""
    response.set_cookie(
        name, value, max_age=A_YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
    )


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, agent)), "")
