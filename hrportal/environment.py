"""The environment, from which the settings are read: typed, or from a file; production has no stand-ins."""

import base64
import hashlib
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import FileAwareEnv

BASE_DIR = Path(__file__).resolve().parent.parent
# A secret mounted as a file usually ends in a newline.
env = FileAwareEnv(strip_whitespace=True)

PRODUCTION: bool = env.str("HRPORTAL_ENV", "development") == "production"


def required(name: str, development: str) -> str:
    """Return the variable, or in development its stand-in.

    Raises:
        ImproperlyConfigured: in production when the variable is missing or empty.
    """
    value: str = env.str(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Set {name} or {name}_FILE; see README, Environment.")
    return development


def development_key(purpose: str) -> str:
    """A 32-byte key bound to this checkout, so that development data opens again tomorrow."""
    digest = hashlib.sha256(f"hrportal development {purpose} {BASE_DIR}".encode()).digest()
    return base64.b64encode(digest).decode()
