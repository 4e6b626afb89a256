"""The engines really start, are really shared and really stop, in checkouts of their own."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO

import psycopg2
import pytest

from tests import embedded
from tests.embedded import folders
from tests.embedded.postgres import programs
from tests.workers import wait_until

# Says what it found once it has left the server, so that it survives it, and lives until its standard input closes.
USER = """
import os, sys
import psycopg2
from tests import embedded
embedded.ensure(["manage.py", "migrate"])
with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT current_database() || ' ' || current_setting('fsync')")
    found = cursor.fetchone()[0]
connection.close()
print(found, embedded.valkey.says(embedded.MAIN, b"PING\\r\\n").decode().strip(), flush=True)
sys.stdin.read()
"""
ANSWER = "hrportal on +PONG\n"


class Checkout:
    """A copy of the module in a folder of its own, which is all that decides about its engines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if not folder.exists():
            module = Path(embedded.__file__).parent
            shutil.copytree(module, folder / "tests" / "embedded")
            (folder / "tests" / "__init__.py").touch()
            (folder / "hrportal").mkdir()
            for name in ("__init__.py", "environment.py"):
                shutil.copy(module.parents[1] / "hrportal" / name, folder / "hrportal")
        self.environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        self.environment["PYTHONPATH"] = str(folder)
        asked = self.python("from tests import embedded; print(embedded.MAIN.sockets)")
        self.sockets = Path(asked.stdout.strip())

    def python(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script],
            cwd=self.folder,
            env=self.environment | environment,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )

    @contextmanager
    def user(self, script: str = USER) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield process

    @property
    def cluster(self) -> Path:
        """Where the data are: here, or in the place that the server's user can reach."""
        place = self.folder / ".run" / "place"
        return (place.resolve() if place.exists() else self.folder / ".run") / "postgres"

    def answers(self, script: str = USER, **environment: str) -> bool:
        """Whether one user found both engines, from the first start to the last stop."""
        found = self.python(script, **environment)
        assert found.stdout == ANSWER, found.stderr
        return not self.is_running

    @property
    def is_running(self) -> bool:
        return self.sockets.exists()

    def valkey_pid(self) -> int:
        """The number of the Valkey process, 0 while it is away."""
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(5)
            try:
                wire.connect(str(self.sockets / "valkey.sock"))
                wire.sendall(b"INFO server\r\n")
                found = re.search(rb"process_id:(\d+)", wire.recv(4096))
            except OSError:
                return 0
        return int(found[1]) if found else 0

    def valkey_answers(self, *, other_than: int) -> bool:
        """Whether a server answers, and not the one with this process number."""
        return self.valkey_pid() not in (0, other_than)

    def postgres_answers(self, *, other_than: int) -> bool:
        """Whether a server answers, and not the one with this process number."""
        address = f"postgresql://postgres@/hrportal?host={self.sockets}"
        with suppress(psycopg2.OperationalError), closing(psycopg2.connect(address)):
            return int((self.cluster / "postmaster.pid").read_text().splitlines()[0]) != other_than
        return False

    def wait_for_reaper(self) -> None:
        """Return when the reaper has ended; its lock is the news."""
        with (self.folder / ".run" / "reaper").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


@pytest.fixture(scope="module", autouse=True)
def nothing_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What root's checkouts of these tests have elsewhere goes with them."""
    yield
    for owner in [found for room in folders.ROOMS for found in room.glob(f"hrportal/*/{folders.OWNER}")]:
        # Those of another run beside this one may go at any moment.
        with suppress(FileNotFoundError):
            if Path(owner.read_text()).is_relative_to(tmp_path_factory.getbasetemp()):
                shutil.rmtree(owner.parent)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    # Deeper than the 107 characters that the path of a Unix socket may have.
    return Checkout(tmp_path_factory.mktemp("checkout") / ("deep " * 8) / ("folder" * 8))


def test_last_user_stops_the_engines(checkout: Checkout) -> None:
    with checkout.user() as first, checkout.user() as second:
        assert line(first.stdout) == ANSWER
        assert line(second.stdout) == ANSWER
        first.communicate()
        assert first.returncode == 0
        assert checkout.is_running
        second.communicate()
    assert not checkout.is_running


def test_many_starters_at_once_share_one_pair(checkout: Checkout) -> None:
    users = [checkout.user() for _ in range(6)]
    processes = [user.__enter__() for user in users]
    assert [line(process.stdout) for process in processes] == [ANSWER] * 6
    for process, user in zip(processes, users, strict=True):
        process.communicate()
        user.__exit__(None, None, None)
    assert not checkout.is_running


def test_starts_and_stops_in_quick_succession_never_meet_half_stopped_engines(checkout: Checkout) -> None:
    for _ in range(4):
        with checkout.user() as leaving:
            assert line(leaving.stdout) == ANSWER
            with checkout.user() as coming:
                assert leaving.stdin is not None
                leaving.stdin.close()
                assert line(coming.stdout) == ANSWER
    assert not checkout.is_running


def test_two_checkouts_side_by_side(checkout: Checkout, tmp_path: Path) -> None:
    other = Checkout(tmp_path / "other")
    with checkout.user() as ours, other.user() as theirs:
        assert line(ours.stdout) == line(theirs.stdout) == ANSWER
        theirs.communicate()
        assert not other.is_running
        assert checkout.is_running


def test_keeper_stops_the_engines_of_a_killed_user(checkout: Checkout) -> None:
    with checkout.user() as user:
        assert line(user.stdout) == ANSWER
        user.send_signal(signal.SIGKILL)
        user.wait()
        checkout.wait_for_reaper()
    assert not checkout.is_running


def test_keeper_starts_killed_engines_again_under_their_user(checkout: Checkout) -> None:
    with checkout.user() as user:
        assert line(user.stdout) == ANSWER
        pid_file = checkout.cluster / "postmaster.pid"
        for _time in range(2):
            postmaster = int(pid_file.read_text().splitlines()[0])
            os.kill(postmaster, signal.SIGKILL)
            valkey = checkout.valkey_pid()
            os.kill(valkey, signal.SIGKILL)
            wait_until(partial(checkout.postgres_answers, other_than=postmaster))
            wait_until(partial(checkout.valkey_answers, other_than=valkey))
        user.communicate()
    checkout.wait_for_reaper()
    assert not checkout.is_running


def test_a_valkey_that_ends_while_it_starts_is_not_waited_for(tmp_path: Path) -> None:
    fresh = Checkout(tmp_path / "gone")
    # There is no folder for its socket, so it writes its number down and ends.
    script = """
from tests.embedded import MAIN, EmbeddedServiceError, valkey
valkey.PATIENCE_SECONDS = 10_000
MAIN.folder.mkdir()
try:
    valkey.start(MAIN)
except EmbeddedServiceError as error:
    print("Valkey does not answer" in str(error))
"""
    assert fresh.python(script).stdout == "True\n"


def test_keeper_leaves_engines_alone_that_the_last_user_stopped(checkout: Checkout) -> None:
    with checkout.user() as user:
        assert line(user.stdout) == ANSWER
        user.communicate()
    checkout.wait_for_reaper()
    assert not checkout.is_running
    assert not (checkout.folder / ".run" / "wanted").exists()


def test_survives_a_killed_postmaster_and_a_reused_process_number(checkout: Checkout) -> None:
    with checkout.user() as user:
        assert line(user.stdout) == ANSWER
        pid_file = checkout.cluster / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        os.kill(int(lines[0]), signal.SIGKILL)
        user.communicate()
    # The number now belongs to a process that has nothing to do with PostgreSQL: this one.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with checkout.user() as user:
        assert line(user.stdout) == ANSWER
        user.communicate()
    assert not checkout.is_running


def test_forked_child_outlives_its_parent_on_a_lease_of_its_own(checkout: Checkout) -> None:
    script = USER.replace("sys.stdin.read()", "child = os.fork()\nif child == 0: sys.stdin.read()\n")
    with checkout.user(script) as parent:
        assert line(parent.stdout) == ANSWER
        parent.wait()
        assert checkout.is_running
        parent.communicate()
        checkout.wait_for_reaper()
    assert not checkout.is_running


def test_a_user_whose_folder_was_removed_still_forks_and_ends_quietly(tmp_path: Path) -> None:
    fresh = Checkout(tmp_path / "removed")
    script = USER.replace(
        "sys.stdin.read()",
        """
import shutil
embedded.leases.release_lease(embedded.MAIN)
embedded.leases.take(embedded.MAIN)
shutil.rmtree(embedded.MAIN.folder)
child = os.fork()
if child == 0: os._exit(7)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) - 7)
""",
    )
    found = fresh.python(script)
    assert (found.stdout, found.stderr, found.returncode) == (ANSWER, "", 0)


def test_child_command_takes_its_own_lease_for_an_inherited_address(checkout: Checkout) -> None:
    script = f"""
import subprocess, sys
from tests import embedded
embedded.ensure(["manage.py", "serve"])
subprocess.Popen([sys.executable, "-c", {USER!r}])
"""
    with checkout.user(script) as parent:
        assert line(parent.stdout) == ANSWER
        parent.wait()
        assert checkout.is_running
        parent.communicate()
    checkout.wait_for_reaper()
    assert not checkout.is_running


def test_first_start_that_was_killed_leaves_nothing_half_made(tmp_path: Path) -> None:
    fresh = Checkout(tmp_path / "fresh")
    half_made = fresh.folder / ".run" / "postgres.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    with fresh.user() as user:
        assert line(user.stdout) == ANSWER
        user.communicate()


@pytest.mark.parametrize(
    "arguments",
    [[], ["help"], ["--version"], ["migrate", "--help"], ["messages", "--compile"], ["collectstatic"]],
)
def test_commands_without_data_start_nothing(checkout: Checkout, arguments: list[str]) -> None:
    script = f"from tests import embedded; embedded.ensure({['manage.py', *arguments]!r})"
    assert checkout.python(script).returncode == 0
    assert not checkout.is_running


@pytest.mark.parametrize(
    "environment",
    [
        {"HRPORTAL_ENV": "production"},
        {"DATABASE_URL": "postgresql://db/hrportal", "REDIS_URL": "redis://valkey:6379/0"},
    ],
)
def test_given_addresses_and_production_are_left_alone(
    checkout: Checkout, environment: dict[str, str]
) -> None:
    script = """
import os
from tests import embedded
embedded.ensure(["manage.py", "migrate"])
print(os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL"))
"""
    found = checkout.python(script, **environment)
    assert found.stdout.split() == [
        environment.get("DATABASE_URL", "None"),
        environment.get("REDIS_URL", "None"),
    ]
    assert not checkout.is_running


def test_address_in_a_file_counts_as_given(checkout: Checkout, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://db/hrportal\n")
    script = """
import os
from tests import embedded
embedded.ensure(["manage.py", "migrate"])
print(os.environ.get("DATABASE_URL"), os.environ["REDIS_URL"], os.path.exists(embedded.MAIN.valkey_socket))
"""
    found = checkout.python(script, DATABASE_URL_FILE=str(secret))
    assert found.stdout == f"None unix://{checkout.sockets}/valkey.sock True\n"
    assert not checkout.is_running


def test_refuses_a_socket_folder_that_others_may_enter(tmp_path: Path) -> None:
    crowded = Checkout(tmp_path / "crowded")
    crowded.sockets.mkdir()
    crowded.sockets.chmod(0o777)
    (crowded.sockets / "of somebody else").touch()
    try:
        found = crowded.python(USER)
        assert found.returncode == 1
        assert "open to others" in found.stderr
        assert (crowded.sockets / "of somebody else").exists()
    finally:
        shutil.rmtree(crowded.sockets)


# --- Where a bare machine is not what one expects --------------------------------------------------

REMEMBERS = USER.replace(
    "connection.close()\nprint(",
    """    cursor.execute("CREATE TABLE IF NOT EXISTS starts (made int)")
    cursor.execute("INSERT INTO starts SELECT count(*) + 1 FROM starts RETURNING made")
    made = cursor.fetchone()[0]
connection.close()
print(made, """,
)


def starts_so_far(checkout: Checkout) -> int:
    found = checkout.python(REMEMBERS)
    assert found.stdout.endswith(ANSWER), found.stderr
    return int(found.stdout.split()[0])


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A folder through which nobody but its owner may pass."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    return folder


def test_folders_that_are_not_ours_stay_closed(closed: Path) -> None:
    before = [(path, path.stat().st_mode) for path in (closed, *closed.parents)]

    assert Checkout(closed / "分行 招聘").answers()

    assert [(path, path.stat().st_mode) for path, _ in before] == before


def test_programs_installed_for_nobody_else_are_run(closed: Path) -> None:
    package = programs().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(
            folder, closed / folder.name, symlinks=True, ignore=shutil.ignore_patterns("pginstall")
        )
    for path in closed.rglob("*"):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
    checkout = Checkout(closed.parent / "umask")
    checkout.environment["PYTHONPATH"] += f"{os.pathsep}{closed}"

    assert checkout.answers("import os\nos.umask(0o077)\n" + USER)


def test_data_are_kept_when_a_folder_above_is_closed_later(tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    checkout = Checkout(tmp_path / "later" / "checkout")
    assert starts_so_far(checkout) == 1

    checkout.folder.parent.chmod(0o700)

    assert starts_so_far(checkout) == 2


def test_a_checkout_that_was_moved_keeps_its_data_and_a_copy_has_its_own(closed: Path) -> None:
    first = Checkout(closed / "first")
    assert starts_so_far(first) == 1
    shutil.move(first.folder, closed / "moved")
    moved = Checkout(closed / "moved")
    assert starts_so_far(moved) == 2

    shutil.copytree(moved.folder, closed / "copied", symlinks=True)
    copied = Checkout(closed / "copied")
    with moved.user() as user:
        assert line(user.stdout) == ANSWER
        assert starts_so_far(copied) in {1, 3}  # a new cluster, or a copy of the files
        user.communicate()
    assert starts_so_far(moved) == 3


def test_what_is_set_for_other_servers_and_other_people_does_no_harm(tmp_path: Path) -> None:
    others = {
        "PGPORT": "6543",
        "PGHOST": "db.example",
        "PGSERVICE": "warehouse",
        "PGOPTIONS": "-c search_path=warehouse",
        "PGDATA": "/nonexistent",
        "LC_ALL": "xx_YY.nonsense",
        "TMPDIR": "/nonexistent",
    }
    checkout = Checkout(tmp_path / "others")
    checkout.environment.pop("HOME", None)

    assert checkout.answers(**others)


def test_a_lock_of_a_killed_server_whose_number_is_somebody_elses_now(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout")
    assert checkout.answers()
    checkout.sockets.mkdir(mode=0o700)
    (checkout.sockets / ".s.PGSQL.5432").touch()
    (checkout.sockets / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n{checkout.cluster}\n0\n5432\n")
    (checkout.sockets / "valkey.sock").touch()

    assert checkout.answers()


@pytest.mark.parametrize("kind", ["prod", "Production", "staging"])
def test_a_kind_of_place_that_does_not_exist_starts_nothing(checkout: Checkout, kind: str) -> None:
    found = checkout.python(USER, HRPORTAL_ENV=kind)

    assert found.returncode == 1
    assert f"HRPORTAL_ENV is {kind!r}. Set it to 'production' or 'development'" in found.stderr
    assert not checkout.is_running
