"""PostgreSQL and Valkey for machines that have neither: started when needed, stopped by the last user.

Where ``DATABASE_URL`` or ``REDIS_URL`` is missing outside production, the engines come from wheels
and listen on Unix sockets only, so that two checkouts never meet. Data stays in ``.run/``.

Who may start and who stops is decided by the kernel through three ``flock`` files:

``starting``  held while starting, so that two starters do not race;
``lease``     held shared by every process that uses the engines, whatever way it ends. A process
              that leaves in order tries to make its lease exclusive: if that works it was the last
              and stops the engines before it ends;
``reaper``    held by one small detached process that waits for the exclusive lease. It stops the
              engines when the last user died without saying good-bye (``kill -9``, a closed terminal).
              While there are users it starts an engine again that went away under them; the file
              ``wanted`` names those that were started.

A starter takes its lease before it looks at the engines, and nobody stops them without the
exclusive lease, so a start waits for a stop that is under way and the other way round.

Little is imported: this runs before every command, and the wheels' own Python modules cost more to
import than both engines cost to be found running.
"""

import os
import pwd
import shutil
import stat
from collections.abc import Sequence
from contextlib import suppress

from hrportal.environment import PRODUCTION, text
from tests.embedded import leases, users
from tests.embedded.instances import MAIN, TESTS, EmbeddedServiceError, Instance

__all__ = ["MAIN", "TESTS", "EmbeddedServiceError", "Instance", "ensure", "start"]

# Commands that never open a connection; none of them should cost a database start.
OFFLINE_COMMANDS = frozenset(
    {
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "help",
        "makemessages",
        "messages",
        "providerlab",
        "startapp",
        "version",
    }
)


def ensure(argv: Sequence[str]) -> list[str]:
    """Start what the command of ``argv`` needs and was given no address for; set the addresses.

    Returns the names of the variables whose addresses lead to somebody else's servers, which nobody has
    asked yet; none in production, where a server may come up later than we.

    Raises:
        EmbeddedServiceError: an engine did not start.
        ImproperlyConfigured: a file that holds an address cannot be read.
    """
    if PRODUCTION or not _needs_services(argv):
        return []
    return start(instance=MAIN)


def start(*, instance: Instance) -> list[str]:
    """Give this process the engines of ``instance`` until it ends, and their addresses.

    An address that already points to another place is respected. One that a parent process set
    for its own engines is recognised by its socket folder, and this process takes a lease of its
    own, because the parent may end first. The names of the variables that were respected are returned.

    Raises:
        EmbeddedServiceError: an engine did not start.
        ImproperlyConfigured: the file that holds an address cannot be read.
    """
    addresses = {name: text(name) for name in ("DATABASE_URL", "REDIS_URL")}
    for known in (MAIN, TESTS):
        if any(str(known.sockets) in address for address in addresses.values()):
            instance = known
    wanted = [name for name, address in addresses.items() if not address or str(instance.sockets) in address]
    if not wanted:
        return [*addresses]
    try:
        _start_engines(instance, wanted)
    except PermissionError as error:
        raise EmbeddedServiceError(
            f"{error.filename} may not be written or entered by this user, {users.user_name(os.geteuid())}. "
            "Run the command as the owner of the checkout, or make a clone of your own."
        ) from None
    if "DATABASE_URL" in wanted:
        _forget_other_servers()
    if not addresses["DATABASE_URL"]:
        os.environ["DATABASE_URL"] = instance.database_url
    if not addresses["REDIS_URL"]:
        os.environ["REDIS_URL"] = instance.redis_url
    return [name for name in addresses if name not in wanted]


def _forget_other_servers() -> None:
    """Take libpq's variables away (PGSERVICE, PGOPTIONS, PGHOST …): they are meant for another server."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def _start_engines(instance: Instance, wanted: Sequence[str]) -> None:
    instance.folder.mkdir(parents=True, exist_ok=True)
    with leases.starting(instance):
        leases.take(instance)
        _make_socket_folder(instance)
        leases.want(instance, wanted)
        leases.start_wanted(instance)
        leases.start_reaper(instance)


def _needs_services(argv: Sequence[str]) -> bool:
    command = argv[1] if len(argv) > 1 else "help"
    return not command.startswith("-") and command not in OFFLINE_COMMANDS and not {"-h", "--help"} & {*argv}


def _make_socket_folder(instance: Instance) -> None:
    """Make it private, and refuse one that somebody else put there first.

    Raises:
        EmbeddedServiceError: the folder belongs to another user or is no folder.
    """
    user = users.server_user()
    with suppress(FileExistsError):
        instance.sockets.mkdir(mode=0o700)
    owner = pwd.getpwnam(user).pw_uid if user else os.getuid()
    found = instance.sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.getuid()} or found.st_mode & 0o077:
        raise EmbeddedServiceError(
            f"{instance.sockets} belongs to somebody else or is open to others; remove it."
        )
    if user and found.st_uid != owner:
        shutil.chown(instance.sockets, user)
