"""`serve` really serves, and nothing outlives it, whatever way it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg2
import pytest
from django.conf import settings

from hrportal import processes
from hrportal.management.commands.worker import every_queue
from tests.template import address_of, template_name
from tests.workers import wait_until

MANAGE = Path(settings.BASE_DIR) / "manage.py"
PATIENCE_SECONDS = 60
# Together in one process of a parallel run, so that there is one database and one server at a time.
pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """The portal on a database and a port of its own."""
    name = f"serve_{os.getpid()}"
    administration = psycopg2.connect(os.environ["DATABASE_URL"])
    administration.autocommit = True
    with administration.cursor() as cursor:
        # `serve` would migrate an empty one as well, but that is no part of what these tests wait for.
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template_name()}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    addresses = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hrportal.settings",
        "DATABASE_URL": address_of(name),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "INFO",
    }
    yield addresses
    with administration.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    administration.close()


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(MANAGE), "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            wait_for_answer(server, environment["PUBLIC_URL"])
            yield server
        finally:
            if server.poll() is None:
                server.kill()


def wait_for_answer(server: subprocess.Popen[str], address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, server.stdout.read() if server.stdout else ""
        try:
            if httpx.get(f"{address}/healthz", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            continue
    raise AssertionError(f"{address} did not answer within {PATIENCE_SECONDS} s")


def output_until_everyone_ended(server: subprocess.Popen[str]) -> str:
    """What was printed until the last process that holds the pipe was gone, children included."""
    output, _ = server.communicate(timeout=PATIENCE_SECONDS)
    return output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_answers_and_ends_with_all_its_children(
    environment: dict[str, str], number: signal.Signals
) -> None:
    with serving(environment) as server:
        server.send_signal(number)
        output = output_until_everyone_ended(server)
    assert server.returncode == 0, output
    assert environment["PUBLIC_URL"] in output


def test_children_end_with_a_parent_that_was_killed(environment: dict[str, str]) -> None:
    with serving(environment) as server:
        server.kill()
        output_until_everyone_ended(server)
    with pytest.raises(httpx.ConnectError):
        httpx.get(environment["PUBLIC_URL"], timeout=5)


def test_serve_ends_loudly_when_a_part_of_it_dies(environment: dict[str, str]) -> None:
    with serving(environment) as server:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_text() for pid in children}
        os.kill(next(pid for pid, command in commands.items() if "--no-worker" in command), signal.SIGKILL)
        output = output_until_everyone_ended(server)
    assert server.returncode == 1, output
    assert "The web process ended by itself" in output


@pytest.mark.parametrize("command", ["serve", "demo", "providerlab"])
def test_a_port_that_is_taken_is_named_with_the_way_to_choose_another(
    environment: dict[str, str], command: str
) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = str(occupied.getsockname()[1])
        arguments = ["providerlab", "--smtp-port", port] if command == "providerlab" else [command]
        ended = run(environment | {"PORT": port}, *arguments)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"CommandError: Port {port} of '127.0.0.1' is in use by another program")
    assert ("--smtp-port 0" if command == "providerlab" else "PORT=") in ended.stderr


EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is refused


@pytest.mark.parametrize("arguments", [["serve"], ["demo"], ["providerlab", "--host", EVERYWHERE]])
def test_outside_production_other_machines_must_be_allowed(
    environment: dict[str, str], arguments: list[str]
) -> None:
    ended = run(environment | {"HOST": EVERYWHERE}, *arguments)

    assert ended.returncode == 1
    assert "ALLOW_REMOTE=true or --allow-remote" in ended.stderr


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(MANAGE), *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


def test_default_worker_serves_every_queue() -> None:
    assert every_queue() == ["intake", "decide", "dispatch", "receipts", "escalation", "exports", "analysis"]


# Ends when it is asked to; what it started does not.
CARELESS = """
import signal, subprocess, sys, time
deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('on', flush=True); signal.pause()"
child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
child.stdout.readline()
open(sys.argv[1], "w").write(str(child.pid))
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.pause()
"""


def test_what_a_child_leaves_behind_ends_with_the_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, told = tmp_path / "careless.py", tmp_path / "pid"
    script.write_text(CARELESS)
    monkeypatch.setattr(processes, "MANAGE", script)
    with processes.Family() as family:
        family.start("careless", str(told))
        pid = int(wait_until(lambda: told.exists() and told.read_text()))
        os.kill(pid, 0)
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text())
