"""What dies under `serve` comes back without hands: its children, their children, the engines behind them."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest

from tests.embedded import valkey
from tests.embedded.instances import Instance
from tests.serving import own_database, serving
from tests.workers import wait_until

pytestmark = pytest.mark.xdist_group("processes")
DISPATCH = "notifications.tasks.dispatch_due"


@pytest.fixture(scope="module")
def broker() -> Iterator[Instance]:
    """A Valkey that these tests may kill; the one of all other tests stays."""
    instance = Instance(f"broker-{os.getpid()}")
    instance.folder.mkdir(parents=True)
    instance.sockets.mkdir(mode=0o700)
    valkey.start(instance)
    yield instance
    valkey.stop(instance)


@pytest.fixture(scope="module")
def environment(broker: Instance) -> Iterator[dict[str, str]]:
    with own_database("recovery") as addresses:
        yield addresses | {"REDIS_URL": broker.redis_url, "BEAT_SECONDS": "1", "LOG_LEVEL": "WARNING"}


@pytest.fixture(scope="module")
def server(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """One portal for all tests of this file: each leaves it running."""
    with serving(environment) as process:
        # A pipe that nobody empties would hold all of them up at the next line they log.
        assert process.stdout is not None
        threading.Thread(target=process.stdout.read, daemon=True).start()
        wait_until(partial(runs_since, environment, ""))
        yield process
        process.terminate()
        assert process.wait(timeout=60) == 0


def commands_of(parent: int) -> list[tuple[int, str]]:
    """The processes whose parent this is, each with its command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_child = int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == parent
        except OSError:
            continue
        if is_child:
            found.append((int(folder.name), command_of(folder)))
    return sorted(found)


def command_of(folder: Path) -> str:
    """The command line of a process, empty when it has ended."""
    try:
        return (folder / "cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


def children_of(parent: int) -> list[int]:
    return [pid for pid, _command in commands_of(parent)]


def asked(environment: dict[str, str], statement: str, *values: str) -> Any:
    """The first value that the statement finds in the portal's database."""
    with closing(psycopg2.connect(environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        [(found,)] = cursor.fetchall()
        return found


def runs_since(environment: dict[str, str], moment: str) -> bool:
    """Whether the dispatcher has succeeded after the moment ("" is the beginning)."""
    statement = "SELECT count(*) FROM hrportal_taskrun WHERE task = %s AND last_success > %s"
    return bool(asked(environment, statement, DISPATCH, moment or "-infinity"))


def now_of(environment: dict[str, str]) -> str:
    return str(asked(environment, "SELECT clock_timestamp()::text"))


WEB, WORKER, BEAT = "serve --no-worker", "worker", "worker --beat-only"


def child(server: subprocess.Popen[str], kind: str) -> int | None:
    """The process that the portal runs as this kind now, None while there is none."""
    found = [
        pid
        for pid, command in commands_of(server.pid)
        if (told := command.partition("manage.py ")[2]) == kind or (kind == WEB and told.startswith(kind))
    ]
    return found[0] if found else None


def came_back(server: subprocess.Popen[str], kind: str, *, old: int) -> bool:
    return child(server, kind) not in (None, old)


@pytest.mark.parametrize("kind", [WEB, WORKER, BEAT])
def test_a_killed_process_comes_back_and_works(
    server: subprocess.Popen[str], environment: dict[str, str], kind: str
) -> None:
    old = child(server, kind)
    assert old is not None
    os.kill(old, signal.SIGKILL)
    wait_until(partial(came_back, server, kind, old=old))
    moment = now_of(environment)
    wait_until(partial(answers, environment))
    wait_until(partial(runs_since, environment, moment))


def answers(environment: dict[str, str]) -> bool:
    try:
        return httpx.get(f"{environment['PUBLIC_URL']}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_a_killed_child_of_the_pool_comes_back(server: subprocess.Popen[str]) -> None:
    worker = child(server, WORKER)
    assert worker is not None
    pool = wait_until(partial(full_pool, worker))
    os.kill(pool[0], signal.SIGKILL)
    wait_until(lambda: (now := full_pool(worker)) and now != pool)
    assert child(server, WORKER) == worker


def full_pool(worker: int) -> list[int]:
    pool = children_of(worker)
    return pool if len(pool) == int(os.environ.get("WORKER_CONCURRENCY", "2")) else []


@contextmanager
def database_away(environment: dict[str, str]) -> Iterator[None]:
    """As a restart looks to its clients: every connection is cut, and for a while none is taken."""
    name = environment["DATABASE_URL"].partition("?")[0].rpartition("/")[2]
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_after_a_restart_of_the_database_everybody_goes_on(
    server: subprocess.Popen[str], environment: dict[str, str]
) -> None:
    wait_until(partial(answers, environment))
    children = children_of(server.pid)
    with database_away(environment):
        assert not answers(environment)
    # No thread of the web server keeps a connection that is dead.
    pages = [httpx.get(f"{environment['PUBLIC_URL']}/sign-in/", timeout=30).status_code for _ in range(12)]
    assert pages == [httpx.codes.OK] * 12
    assert answers(environment)
    wait_until(partial(runs_since, environment, now_of(environment)))
    assert children_of(server.pid) == children


def test_after_a_death_of_valkey_everybody_goes_on(
    server: subprocess.Popen[str], environment: dict[str, str], broker: Instance
) -> None:
    children = children_of(server.pid)
    kill_valkey(broker)
    assert not answers(environment)
    valkey.start(broker)
    wait_until(partial(answers, environment))
    wait_until(partial(runs_since, environment, now_of(environment)))
    assert children_of(server.pid) == children


def kill_valkey(broker: Instance) -> None:
    """``kill -9`` for the server that listens on this socket."""
    [pid] = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if str(broker.valkey_socket) in command_of(folder)
    ]
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not valkey.is_up(broker))
