"""The environment, from which the settings are read: typed, or from a file; production has no stand-ins.

A variable that is empty counts as not set. One that holds what it cannot hold stops the start with its
name and the remedy, wherever it is: it never means something else.
"""

import base64
import binascii
import fcntl
import hashlib
import hmac
import math
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
KEY_BYTES, LEAST_SECRET_BYTES = 32, 24
TRUE, FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
# Every name that was asked for; what is nearly one of them and is not was mistyped.
asked: set[str] = {"ONCE"} | {f"DEMO_{what}" for what in ("SIGNALS", "PASSWORD", "RATE", "SEED", "LIMIT")}
SERVERS = {
    "DATABASE_URL": ("PostgreSQL", ("postgresql://", "postgres://")),
    "REDIS_URL": ("Redis or Valkey", ("redis://", "rediss://", "unix://")),
}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Shorter names may be anybody's.
LEAST_LETTERS = 8
Value = TypeVar("Value")


def text(name: str, default: str = "") -> str:
    """Return the variable without space around it, or what its ``_FILE`` twin holds, or the default.

    Raises:
        ImproperlyConfigured: the file cannot be read as UTF-8 text.
    """
    asked.add(name)
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return os.environ.get(name, "").strip() or default
    try:
        # A secret mounted as a file usually ends in a newline.
        return Path(path).read_text(encoding="utf-8").strip() or default
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ImproperlyConfigured(
            f"{name}_FILE: {path} cannot be read ({reason}). Name a readable file, or set {name}."
        ) from None


def refuse(name: str, remedy: str) -> ImproperlyConfigured:
    """The error for an impossible value. It is not shown: it may be a secret that was mistyped."""
    source = f"{name}_FILE" if os.environ.get(f"{name}_FILE") else name
    return ImproperlyConfigured(f"{source} holds an impossible value. {remedy} See README, Environment.")


def _is_production() -> bool:
    # A third word is a mistake, and what it stood for is anybody's guess.
    kind = text("HRPORTAL_ENV", "development")
    if kind not in {"production", "development"}:
        raise ImproperlyConfigured(
            f"HRPORTAL_ENV is {kind!r}. Set it to 'production' or 'development', in these letters, "
            "or leave it unset for development."
        )
    return kind == "production"


PRODUCTION: bool = _is_production()
# Where the engines, the rehearsal and the other tools of a development machine are: in no installation.
HAS_TOOLS: bool = not PRODUCTION and (BASE_DIR / "tests").is_dir()


def required(name: str, development: str) -> str:
    """Return the variable, or in development its stand-in.

    Raises:
        ImproperlyConfigured: in production when the variable is missing or empty.
    """
    if value := text(name):
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Set {name} or {name}_FILE; see README, Environment.")
    return development


def required_secret(name: str, form: str = "{}") -> str:
    """Return the secret, or in development one that nobody can guess and that stays the same in this checkout.

    Raises:
        ImproperlyConfigured: in production when the variable is missing or empty.
    """
    if PRODUCTION or text(name):
        return required(name, "")
    return form.format(
        base64.b64encode(hmac.digest(_development_key(), name.encode(), hashlib.sha256)).decode()
    )


def _development_key() -> bytes:
    """Random bytes that stay with the embedded database of this checkout, in ``.run/development.key``.

    The first process that comes makes them, others wait for it; one that was killed half-way gave nothing away.
    """
    path = BASE_DIR / ".run" / "development.key"
    try:
        path.parent.mkdir(exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            os.fchmod(stream.fileno(), 0o600)
            key = stream.read()
            if len(key) != KEY_BYTES:
                key = secrets.token_bytes(KEY_BYTES)
                stream.seek(0)
                stream.truncate()
                stream.write(key)
                stream.flush()
                os.fsync(stream.fileno())
            return key
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read and written ({error.strerror}). It holds the development keys; run the command as "
            "the owner of the checkout, or make a clone of your own."
        ) from None


# --- Values of a kind -----------------------------------------------------------------------------


def _parsed(name: str, default: Value, parse: Callable[[str], Value], remedy: str) -> Value:
    value = text(name)
    if not value:
        return default
    try:
        return parse(value)
    except ValueError:
        raise refuse(name, remedy) from None


def whole(name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number.

    Raises:
        ImproperlyConfigured: it is none, or not between ``least`` and ``most``.
    """

    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", value) or not least <= int(value) <= most:
            raise ValueError
        return int(value)

    return _parsed(name, default, parse, f"Give a whole number from {least} to {most}, in digits.")


def number(name: str, default: float, *, least: float, most: float) -> float:
    """Return a number.

    Raises:
        ImproperlyConfigured: it is none, or not between ``least`` and ``most``.
    """

    def parse(value: str) -> float:
        found = float(value)
        if not math.isfinite(found) or not least <= found <= most:
            raise ValueError
        return found

    return _parsed(name, default, parse, f"Give a number from {least:g} to {most:g}.")


def flag(name: str, *, default: bool) -> bool:
    """Return a yes or no.

    Raises:
        ImproperlyConfigured: it is neither.
    """

    def parse(value: str) -> bool:
        if value.lower() not in TRUE | FALSE:
            raise ValueError
        return value.lower() in TRUE

    return _parsed(name, default, parse, "Give true or false.")


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return one of the allowed words, whatever the case they were written in.

    Raises:
        ImproperlyConfigured: it is none of them.
    """

    def parse(value: str) -> str:
        return allowed[allowed.index(value.upper())]

    return _parsed(name, default, parse, f"Give one of {', '.join(allowed)}.")


def listed(name: str, value: str) -> list[str]:
    """The entries of a value that are separated by commas.

    Raises:
        ImproperlyConfigured: one is empty: a secret that is empty would be everybody's.
    """
    entries = [entry.strip() for entry in value.split(",")]
    if not all(entries):
        raise refuse(name, "Separate the entries by single commas, with none at the end.")
    return entries


def matching(name: str, value: str, pattern: str, remedy: str) -> str:
    """Return the value if all of it matches.

    Raises:
        ImproperlyConfigured: it does not.
    """
    if not re.fullmatch(pattern, value):
        raise refuse(name, remedy)
    return value


def web_address(name: str, value: str) -> str:
    """Return an http or https address without a slash at its end.

    Raises:
        ImproperlyConfigured: it is none.
    """
    try:
        parts = urlsplit(value)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or re.search(r"\s", value):
        raise refuse(name, "Give an address with http:// or https:// and a host.")
    return value.rstrip("/")


def webhook_secrets(name: str, value: str) -> list[str]:
    """The secrets of Standard Webhooks, of which the first signs.

    Raises:
        ImproperlyConfigured: one is not ``whsec_`` and the base64 of 24 to 64 bytes.
    """
    entries = listed(name, value)
    for entry in entries:
        if not entry.startswith("whsec_") or not 24 <= _decoded_length(entry.removeprefix("whsec_")) <= 64:
            raise refuse(
                name, "Give whsec_ and the base64 of 24 to 64 random bytes; several are separated by commas."
            )
    return entries


def base64_key(name: str, value: str) -> str:
    """Return the base64 of a key of 32 bytes.

    Raises:
        ImproperlyConfigured: it is none.
    """
    if _decoded_length(value) != KEY_BYTES:
        raise refuse(name, "Give the base64 of 32 random bytes: openssl rand -base64 32.")
    return value


def server_address(name: str, value: str) -> str:
    """Return the address of a server of the kind that the portal works with.

    Raises:
        ImproperlyConfigured: it is the address of something else, or none.
    """
    engine, schemes = SERVERS[name]
    scheme, mark, rest = value.partition("://")
    if scheme + mark in schemes:
        if name == "DATABASE_URL" and not rest.partition("?")[0].partition("/")[2]:
            raise ImproperlyConfigured(
                f"{name} names no database. Add it after the host: postgresql://host/hrportal."
            )
        return value
    # Never the address itself: it may hold a password.
    what = f"an address of the kind {scheme}://" if mark else "no address"
    raise ImproperlyConfigured(
        f"{name} holds {what}, and the portal works with {engine} only ({', '.join(schemes)}). Correct it; "
        f"or, if it is meant for another program, leave it out, {without(name)}"
    )


def without(name: str) -> str:
    """How a command is started without a variable that is meant for another program."""
    return (
        f"as in: env -u {name} -u {name}_FILE make demo. Outside production the portal then starts "
        "an engine of its own."
    )


def _decoded_length(value: str) -> int:
    try:
        return len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return -1


# --- Names ----------------------------------------------------------------------------------------


def mistyped_names(environment: Mapping[str, str]) -> dict[str, str]:
    """Names that are nearly one of ours, while ours is not set: by the name that is there, the one that was meant."""
    ours = {name: name for name in asked} | {f"{name}_FILE": name for name in asked}
    found: dict[str, str] = {}
    for name in environment.keys() - ours:
        letters = _letters(name)
        if len(letters) < LEAST_LETTERS:
            continue
        for right, variable in ours.items():
            is_meant = _differ_by_one(letters, _letters(right)) or letters.startswith("HRPORTALENV")
            if is_meant and not {variable, f"{variable}_FILE"} & environment.keys():
                found[name] = "HRPORTAL_ENV" if letters.startswith("HRPORTALENV") else right
    return found


def refuse_mistyped_names() -> None:
    """Stop production where a name is nearly one of ours; elsewhere say that it means nothing.

    Raises:
        ImproperlyConfigured: in production, or where the name stands for the kind of place.
    """
    for name, meant in sorted(mistyped_names(os.environ).items()):
        message = f"{name} is not a variable of the portal; {meant} is. Rename or unset it; see README, Environment."
        if PRODUCTION or meant == "HRPORTAL_ENV":
            raise ImproperlyConfigured(message)
        if "HRPORTAL_PARENT_PIPE" not in os.environ:
            sys.stderr.write(f"{message} It is left aside.\n")


def _letters(name: str) -> str:
    return name.upper().replace("_", "")


def _differ_by_one(first: str, second: str) -> bool:
    """Whether they are equal, or one letter was changed, left out, added, or swapped with the next."""
    pairs = enumerate(zip(first, second, strict=False))
    start = next((place for place, (one, other) in pairs if one != other), min(len(first), len(second)))
    a, b = first[start:], second[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
