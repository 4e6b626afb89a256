"""`serve` really serves, and nothing outlives it, whatever way it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hrportal import processes
from hrportal.management.commands.worker import every_queue
from tests.serving import MANAGE, PATIENCE_SECONDS, own_database, serving
from tests.workers import wait_until

# Together in one process of a parallel run, so that there is one database and one server at a time.
pytestmark = pytest.mark.xdist_group("processes")


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """The portal on a database and a port of its own."""
    with own_database("serve") as addresses:
        yield addresses


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
    queues = ["analysis", "decide", "dispatch", "escalation", "exports", "intake", "receipts"]
    assert sorted(every_queue()) == queues


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


def test_what_a_child_leaves_behind_ends_with_the_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, told = tmp_path / "careless.py", tmp_path / "pid"
    script.write_text(CARELESS)
    monkeypatch.setattr(processes, "MANAGE", script)
    with processes.ProcessGroup() as group:
        group.start("careless", str(told))
        pid = int(wait_until(lambda: told.exists() and told.read_text()))
        os.kill(pid, 0)
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text())


# Hears nobody who asks it to stop.
DEAF = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write("on")
signal.pause()
"""


def test_a_child_that_does_not_end_when_asked_is_ended_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, told = tmp_path / "deaf.py", tmp_path / "on"
    script.write_text(DEAF)
    monkeypatch.setattr(processes, "MANAGE", script)
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    with processes.ProcessGroup() as group:
        group.start("deaf", str(told))
        wait_until(lambda: told.exists() and told.read_text())
        assert group.status("deaf") is None
    assert group.status("deaf") == -signal.SIGKILL


# Notes each start, and ends at once with an error.
FRAIL = """
import sys
open(sys.argv[1], "a").write("started\\n")
sys.exit(3)
"""


def test_a_watched_child_that_cannot_stay_up_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, told = tmp_path / "frail.py", tmp_path / "starts"
    script.write_text(FRAIL)
    monkeypatch.setattr(processes, "MANAGE", script)
    monkeypatch.setattr(processes, "FIRST_PAUSE_SECONDS", 0.01)
    with processes.ProcessGroup() as group:
        group.start("frail", str(told), watched=True)
        assert group.wait() == "frail"
        assert group.status("frail") == 3
    assert len(told.read_text().splitlines()) == processes.MOST_FAILURES


def test_a_child_that_is_not_watched_is_missed_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, told = tmp_path / "frail.py", tmp_path / "starts"
    script.write_text(FRAIL)
    monkeypatch.setattr(processes, "MANAGE", script)
    with processes.ProcessGroup() as group:
        group.start("frail", str(told))
        assert group.wait() == "frail"
    assert told.read_text() == "started\n"
