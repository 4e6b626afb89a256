"""Where a server of ours may listen: asked before it is started, so that the answer names the remedy."""

import errno
import ipaddress
import socket

from django.conf import settings
from django.core.management.base import CommandError


def may_listen(host: str, port: int, *, choose: str, is_remote_allowed: bool = False) -> None:
    """Make sure that a server may listen there; port 0 stands for any free one.

    Args:
        host: a name or a number of this machine.
        port: 0 to 65535.
        choose: how the person who starts it names another port, as in ``PORT=8080``.
        is_remote_allowed: somebody said that other machines may come.

    Raises:
        CommandError: other machines could come and nobody allowed it, the host is no address of this
            machine, or the port is taken.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise CommandError(
            f"{host!r} (HOST or --host) is no address of this machine. Use 127.0.0.1, or leave it out."
        ) from None
    is_loopback = all(
        ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found
    )
    if not (is_loopback or is_remote_allowed or settings.ALLOW_REMOTE):
        raise CommandError(
            f"{host} (HOST or --host) can be reached from other machines, and this is no production: whoever comes "
            "meets development keys and sign-ins. Use 127.0.0.1, or say that you mean it: ALLOW_REMOTE=true or "
            "--allow-remote."
        )
    family, *_, address = found[0]
    if problem := taken(family, address):
        raise CommandError(f"{problem} Choose another: {choose}.")


def taken(family: int, address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]) -> str:
    """Why nobody can listen there now, empty if somebody can."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections of an earlier run that wind down do not count, a listener does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            where = f"Port {address[1]!r} of {address[0]!r}"
            if error.errno == errno.EADDRINUSE:
                return f"{where} is in use by another program; free it."
            return f"{where} cannot be listened on ({error.strerror})."
    return ""
