"""What the environment gives, asked before Django is there; ``hrportal.environment`` reads the rest."""

import os
from pathlib import Path

SCHEMES = {
    "DATABASE_URL": ("PostgreSQL", ("postgresql://", "postgres://")),
    "REDIS_URL": ("Redis or Valkey", ("redis://", "rediss://", "unix://")),
}
# The only kinds of place there are. A third word is a mistake, and what it stood for is anybody's guess.
PRODUCTION, DEVELOPMENT = "production", "development"


class SettingRefused(Exception):
    """A variable holds what it cannot hold; the message names it, what is wrong and the remedy."""


def given(name: str) -> str:
    """The variable without space around it, or what the file of its ``_FILE`` twin holds, or nothing.

    Raises:
        SettingRefused: the file cannot be read as UTF-8 text.
    """
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return os.environ.get(name, "").strip()
    try:
        # A secret mounted as a file usually ends in a newline.
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise SettingRefused(
            f"{name}_FILE: {path} cannot be read ({reason}). Name a readable file, or set {name}."
        ) from None


def is_production() -> bool:
    """Whether ``HRPORTAL_ENV`` says so.

    Raises:
        SettingRefused: it says something that is neither kind of place.
    """
    kind = given("HRPORTAL_ENV")
    if kind not in {"", PRODUCTION, DEVELOPMENT}:
        raise SettingRefused(
            f"HRPORTAL_ENV is {kind!r}. Set it to {PRODUCTION!r} or {DEVELOPMENT!r}, in these letters, "
            "or leave it unset for development."
        )
    return kind == PRODUCTION


def must_be_ours(name: str, address: str) -> None:
    """Refuse an address of another kind of server.

    Raises:
        SettingRefused: it is an address of something else, or none.
    """
    engine, schemes = SCHEMES[name]
    scheme, mark, rest = address.partition("://")
    if scheme + mark in schemes:
        if name == "DATABASE_URL" and not rest.partition("?")[0].partition("/")[2]:
            raise SettingRefused(
                f"{name} names no database. Add it after the host: postgresql://host/hrportal."
            )
        return
    # Never the address itself: it may hold a password.
    what = f"an address of the kind {scheme}://" if mark else "no address"
    raise SettingRefused(
        f"{name} holds {what}, and the portal works with {engine} only ({', '.join(schemes)}). Correct it; "
        f"or, if it is meant for another program, leave it out, {without(name)}"
    )


def without(name: str) -> str:
    """How a command is started without a variable that is meant for another program."""
    return (
        f"as in: env -u {name} -u {name}_FILE make demo. Outside production the portal then starts "
        "an engine of its own."
    )
