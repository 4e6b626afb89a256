"""`make fresh`: clones of HEAD where a machine is not what one expects, each started for real; a line for each.

Slow, because most of it is installing. A cell that cannot be tried on this machine says so and why.
"""

import argparse
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
# A first installation on a busy machine; a demonstration of a dozen signals.
PATIENCE_SECONDS = 1_800
SIGNALS = "12"
# What a login gives; nothing that is set for this run reaches a clone by chance.
KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "TERM",
    "PIP_INDEX_URL",
    "PIP_CERT",
    "NPM_CONFIG_REGISTRY",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "NO_PROXY",
)


class CellFailed(Exception):
    """What was expected did not happen; holds the end of what was printed."""


class CannotTry(Exception):
    """This machine lacks what the cell needs."""


@dataclass(kw_only=True)
class Clone:
    """A checkout of its own, in an environment of its own, started as a user."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    user: str = ""
    umask: int = 0o022

    @classmethod
    def of_head(cls, folder: Path, *, user: str = "", umask: int = 0o022, **environment: str) -> Self:
        """A clone with nothing installed."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        command = ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)]
        subprocess.run(command, check=True, umask=umask)
        if user:
            subprocess.run(["chown", "-R", user, str(folder)], check=True)
        return cls(folder=folder, environment=environment, user=user, umask=umask)

    @classmethod
    def prepared(cls, folder: Path, **environment: str) -> Self:
        """The files as they are now, with everything that installing and building would make."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        names = [Path(os.fsdecode(name)) for name in listed.stdout.split(b"\0") if name]
        for name in names:
            if (ROOT / name).is_file() and not name.is_symlink():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
                # Older than whatever was made of it.
                os.utime(folder / name, (0, 0))
        (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
        (folder / "frontend" / "node_modules").symlink_to((ROOT / "frontend" / "node_modules").resolve())
        shutil.copytree(ROOT / "frontend" / "dist", folder / "frontend" / "dist")
        for path in ROOT.glob("locale/*/LC_MESSAGES/*.mo"):
            shutil.copy(path, folder / path.relative_to(ROOT))
        shutil.copytree(ROOT / ".run" / "static", folder / ".run" / "static")
        (folder / "frontend" / "dist" / ".built").touch()
        (folder / ".run" / "static" / "staticfiles.json").touch()
        return cls(folder=folder, environment=environment)

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run make to its end."""
        return self._run(["make", *arguments], environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the clone's own Python to its end."""
        return self._run([".venv/bin/python", *arguments], environment)

    @contextmanager
    def running(self, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Run make until the block ends, then nothing of it runs any more."""
        with subprocess.Popen(
            self._as_user(["make", *arguments]),
            cwd=self.folder,
            env=self._environment(environment),
            umask=self.umask,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._as_user(command),
            cwd=self.folder,
            env=self._environment(environment),
            umask=self.umask,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE_SECONDS,
        )

    def _as_user(self, command: list[str]) -> list[str]:
        if not self.user:
            return command
        return [
            "setpriv",
            f"--reuid={self.user}",
            f"--regid={pwd.getpwnam(self.user).pw_gid}",
            "--clear-groups",
            *command,
        ]

    def _environment(self, environment: dict[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ and name not in self.without}
        return kept | self.environment | environment


def junk(folder: Path) -> Path:
    """A folder of modules that break whoever imports them."""
    folder.mkdir(exist_ok=True)
    for name in ("django", "pip", "sitecustomize", "hrportal", "encodings"):
        (folder / f"{name}.py").write_text("raise SystemExit('the wrong module was imported')\n")
    return folder


def remove(folder: Path) -> None:
    """Take away every clone below a folder, with what root has of it elsewhere."""
    for place in [
        found for found in folder.rglob("place") if found.is_symlink() and found.parent.name == ".run"
    ]:
        checkout = place / "checkout"
        if checkout.exists() and Path(checkout.read_text("utf-8")).is_relative_to(folder.resolve()):
            shutil.rmtree(place.resolve())
    shutil.rmtree(folder, ignore_errors=True)


# --- What is proven of a clone ---------------------------------------------------------------------


def expect(done: subprocess.CompletedProcess[str], *, status: int = 0, says: str = "") -> None:
    """Hold one run against what was expected.

    Raises:
        CellFailed: it ended otherwise.
    """
    printed = done.stdout + done.stderr
    if done.returncode != status or says not in printed or "Traceback" in printed:
        raise CellFailed(f"status {done.returncode}, wanted {status} and {says!r}: {printed[-1500:]}")


def plays(clone: Clone, **environment: str) -> None:
    """The demonstration ends with everything accounted for."""
    expect(clone.make("demo", "ONCE=1", f"DEMO_SIGNALS={SIGNALS}", **environment), says='"unaccounted": 0')


def serves(clone: Clone, *, kill: bool = False) -> None:
    """The portal answers; then it is asked to end, or with ``kill`` everything of it is killed at once."""
    port = free_port()
    with clone.running("serve", PORT=str(port)) as process:
        wait_for_health(port, process)
        os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
        process.communicate(timeout=120)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_health(port: int, process: subprocess.Popen[str]) -> None:
    """Return when the portal answers.

    Raises:
        CellFailed: it ended, or took too long.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    # Not through a proxy that the environment names.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CellFailed(process.communicate()[0][-1500:])
        try:
            with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=10):
                return
        except (urllib.error.URLError, OSError):
            # Nobody listens yet, and a port has no other news.
            time.sleep(0.2)
    raise CellFailed("no answer on /healthz in time")


# --- The cells -------------------------------------------------------------------------------------


def closed_and_killed_while_installing(folder: Path) -> None:
    """Umask 077 under a closed folder, no HOME, LC_ALL=C, junk on every path; killed half-way, then again."""
    others = {
        "PYTHONPATH": str(junk(folder / "junk")),
        "LC_ALL": "C",
        "NODE_ENV": "production",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "PIP_TARGET": str(folder / "elsewhere"),
    }
    clone = Clone.of_head(folder / "checkout", umask=0o077, **others)
    clone.without = ("HOME",)
    with clone.running("setup") as process:
        while not (clone.folder / ".venv" / ".half-made").exists():
            if process.poll() is not None:
                raise CellFailed(process.communicate()[0][-1500:])
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    expect(clone.make("setup"))
    again = clone.make("setup")
    expect(again)
    if again.stdout:
        raise CellFailed(f"a second setup had something to do: {again.stdout}")
    plays(clone)
    moved = folder / "moved"
    clone.folder.rename(moved)
    clone.folder = moved
    serves(clone)


def not_root(folder: Path) -> None:
    """A user without rights, a home folder or anything of root's."""
    if os.geteuid() != 0:
        raise CannotTry("only root can become somebody else; the other cells are run without root here")
    folder.chmod(0o755)
    clone = Clone.of_head(folder / "分行 checkout", user="nobody", HOME="/nonexistent")
    expect(clone.make("setup"))
    plays(clone)


def python_of(version: str) -> Callable[[Path], None]:
    """A whole installation with another Python."""

    def cell(folder: Path) -> None:
        found = shutil.which(f"python{version}") or next(
            (str(path) for path in Path.home().glob(f".pyenv/versions/{version}.*/bin/python{version}")), None
        )
        if not found:
            raise CannotTry(f"no python{version}")
        clone = Clone.of_head(folder / "checkout", PYTHON=found)
        expect(clone.make("setup"))
        serves(clone)

    return cell


def odd_names(folder: Path) -> None:
    """Spaces, Chinese, quotes; then more characters than a socket's path may have."""
    serves(Clone.prepared(folder / "分行 招聘 'HR' & Co"))
    serves(Clone.prepared(folder / "/".join(["deep" * 20] * 9)))


def killed_and_started_again(folder: Path) -> None:
    """Everything of it is killed at once, twice."""
    clone = Clone.prepared(folder / "checkout")
    serves(clone, kill=True)
    serves(clone, kill=True)
    serves(clone)


def two_at_once(folder: Path) -> None:
    """Two checkouts side by side."""
    first, second = (Clone.prepared(folder / name) for name in ("first", "second"))
    port = free_port()
    with first.running("serve", PORT=str(port)) as process:
        wait_for_health(port, process)
        serves(second)
        wait_for_health(port, process)
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=120)


def what_is_refused(folder: Path) -> None:
    """Mistakes are named with the remedy."""
    clone = Clone.prepared(folder / "checkout")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for target in ("serve", "demo"):
            expect(clone.make(target, PORT=port), status=2, says=f"Port {port} of '127.0.0.1' is in use")
    for address in ("sqlite:///shop.sqlite3", "mysql://root@127.0.0.1/shop", "postgresql://127.0.0.1:1/shop"):
        for target in ("serve", "demo"):
            expect(clone.make(target, DATABASE_URL=address), status=2, says="env -u DATABASE_URL")
    expect(clone.make("serve", HRPORTAL_ENV="prod"), status=2, says="HRPORTAL_ENV is 'prod'")


CELLS: dict[str, Callable[[Path], None]] = {
    "odd names": odd_names,
    "killed and started again": killed_and_started_again,
    "two at once": two_at_once,
    "what is refused": what_is_refused,
    "closed folder, umask 077, no HOME, LC_ALL=C, junk, killed while installing, moved": closed_and_killed_while_installing,
    "not root": not_root,
    **{f"Python {version}": python_of(version) for version in ("3.11", "3.12", "3.13")},
}


def main() -> int:
    """Run the cells whose names contain what was asked for; 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="a part of the cells' names")
    only = parser.parse_args().only
    failed = 0
    for name, cell in CELLS.items():
        if only not in name:
            continue
        folder, started = Path(tempfile.mkdtemp(prefix="hrportal-fresh-")), time.monotonic()
        try:
            cell(folder)
            outcome = "ok"
        except CannotTry as reason:
            outcome = f"not tried: {reason}"
        except (CellFailed, subprocess.SubprocessError) as error:
            failed, outcome = 1, f"FAILED: {error}"
        finally:
            remove(folder)
        sys.stdout.write(f"{name}: {outcome} ({time.monotonic() - started:.0f} s)\n")
        sys.stdout.flush()
    return failed


if __name__ == "__main__":
    sys.exit(main())
