"""Whom PostgreSQL runs as: ourselves, or for root, which it refuses, a user without rights."""

import os
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.embedded.instances import EmbeddedServiceError

# Made on first need; where that is not possible, one that every system has.
UNPRIVILEGED_USER, SPARE_USER = "pgserver", "nobody"


def server_user() -> str | None:
    """The user to run PostgreSQL as, or None for ourselves.

    Raises:
        EmbeddedServiceError: we are root and no such user can be found or made, or we have no name ourselves.
    """
    if os.geteuid() != 0:
        if user_name(os.geteuid()):
            return None
        raise EmbeddedServiceError(
            f"The user number {os.geteuid()} has no name in /etc/passwd, and PostgreSQL does not run without one. "
            "Give it one, run the command as another user, or set DATABASE_URL."
        )
    with suppress(KeyError):
        return pwd.getpwnam(UNPRIVILEGED_USER).pw_name
    with suppress(OSError):
        subprocess.run(
            ["useradd", "--system", "--shell", "/usr/sbin/nologin", UNPRIVILEGED_USER],
            check=False,
            capture_output=True,
        )
    # Another checkout may have made it in the same moment, so the answer counts, not the status.
    for name in (UNPRIVILEGED_USER, SPARE_USER):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise EmbeddedServiceError(
        f"PostgreSQL does not run as root, and the user {UNPRIVILEGED_USER} can neither be found nor made. "
        f"Make it (useradd --system {UNPRIVILEGED_USER}), run the command as another user, or set DATABASE_URL."
    )


def user_name(number: int) -> str:
    """The name of a user, empty if nobody has that number."""
    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return ""


def run_as(
    user: str | None,
    program: Path,
    *arguments: str,
    cwd: Path = Path("/"),
    feed: str = "",
    quietly: bool = False,
) -> int:
    """Run a program as ``user``, in an environment that says nothing, and return its exit status; 126 if it cannot start.

    What is set for other servers (``PGPORT``, ``PGDATA``) and for other people (``LC_ALL``) is none of its business.
    """
    try:
        return subprocess.run(
            [str(program), *arguments],
            check=False,
            user=user,
            # Without these it would keep root's groups.
            group=pwd.getpwnam(user).pw_gid if user else None,
            extra_groups=() if user else None,
            cwd=cwd,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            input=feed,
            # No pipe: the server inherits it, and a pipe would stay open as long as it runs.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if quietly else None,
            text=True,
        ).returncode
    except OSError:
        return 126
