"""Who uses the engines, and who stops them: locks that the kernel keeps and frees."""

import atexit
import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tests.embedded import postgres, valkey
from tests.embedded.instances import CHECKOUT, EmbeddedServiceError, Instance

ENGINES = {"DATABASE_URL": postgres, "REDIS_URL": valkey}
LOOKS_EVERY_SECONDS = 0.5

_leases: dict[str, int] = {}


@contextmanager
def starting(instance: Instance) -> Iterator[None]:
    """Be the only one who starts something for this instance."""
    with (instance.folder / "starting").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def take(instance: Instance) -> None:
    """Hold the engines until this process ends; waits for a stop that is under way."""
    if instance.name in _leases:
        return
    _leases[instance.name] = _shared_lease(instance)
    owner = os.getpid()

    def leave() -> None:
        if os.getpid() == owner:
            release_lease(instance)

    atexit.register(leave)
    _renew_in_forked_children(instance)


def _renew_in_forked_children(instance: Instance) -> None:
    """Give every forked child a lease of its own.

    It would share its parent's lock, and either could give that up for both. The child's own is
    taken before the fork, while the parent surely holds one. When somebody removed the folder,
    there is nothing left to hold, and the child goes without.
    """
    spare = threading.local()

    def before() -> None:
        spare.descriptor = None
        if instance.name in _leases:
            with suppress(FileNotFoundError):
                spare.descriptor = _shared_lease(instance)

    def in_parent() -> None:
        if spare.descriptor is not None:
            os.close(spare.descriptor)

    def in_child() -> None:
        if spare.descriptor is not None:
            os.close(_leases[instance.name])
            _leases[instance.name] = spare.descriptor

    os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)


def _shared_lease(instance: Instance) -> int:
    descriptor = os.open(instance.folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def release_lease(instance: Instance) -> None:
    """Give the lease back, if there is one; whoever gets the exclusive one in exchange was the last."""
    descriptor = _leases.pop(instance.name, None)
    if descriptor is None:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # Others still work, and this returns at once; or the reaper was quicker, and this waits
        # until it is done, so that nothing runs any more when the last command has ended.
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    else:
        _stop(instance)
    os.close(descriptor)


def start_reaper(instance: Instance) -> None:
    """Start the process that cleans up after killed users, unless it is there already."""
    with (instance.folder / "reaper").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    # Returns when the reaper has its lock and has left this process's session.
    command = [sys.executable, "-m", "tests.embedded.reaper", instance.name]
    subprocess.run(command, check=True, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def want(instance: Instance, names: Sequence[str]) -> None:
    """Note which engines this instance is to have, beside those it has. The caller holds the starting lock."""
    wanted = {*wanted_of(instance), *names}
    (instance.folder / "wanted").write_text("\n".join(sorted(wanted)))


def wanted_of(instance: Instance) -> list[str]:
    """The engines that were started and not stopped yet, by the variable that names their address."""
    with suppress(FileNotFoundError):
        return (instance.folder / "wanted").read_text().split()
    return []


def start_wanted(instance: Instance) -> None:
    """Start what is wanted and does not answer. The caller holds a lease and the starting lock.

    Raises:
        EmbeddedServiceError: an engine did not start.
    """
    for name, engine in ENGINES.items():
        if name in wanted_of(instance):
            engine.start(instance)


def keep(instance: Instance) -> None:
    """Be the reaper: detach, watch the engines until nobody holds a lease, stop what still runs."""
    lock = os.open(instance.folder / "reaper", os.O_RDWR | os.O_CREAT, 0o600)
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
    threading.Thread(target=_watch, args=(instance,), daemon=True).start()
    lease = os.open(instance.folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lease, fcntl.LOCK_EX)
    _stop(instance)
    # In this order: a starter that gets the lease next must see that there is no reaper any more.
    os.close(lock)
    os.close(lease)


def _watch(instance: Instance) -> None:
    """Start engines again that went away while somebody used them, for as long as the reaper lives."""
    while True:
        # Nothing tells a process that is not the parent that another one died.
        time.sleep(LOOKS_EVERY_SECONDS)
        if all(ENGINES[name].is_up(instance) for name in wanted_of(instance)):
            continue
        lease = os.open(instance.folder / "lease", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Refused while the last user stops them: then they are meant to be down.
            fcntl.flock(lease, fcntl.LOCK_SH | fcntl.LOCK_NB)
            with starting(instance):
                start_wanted(instance)
        except (BlockingIOError, EmbeddedServiceError, OSError):
            # What is left of a killed server may need a moment to go; the next look tries again.
            continue
        finally:
            os.close(lease)


def _stop(instance: Instance) -> None:
    """Stop both engines in order. The caller holds the exclusive lease."""
    (instance.folder / "wanted").unlink(missing_ok=True)
    postgres.stop(instance)
    valkey.stop(instance)
    # Only when it is empty: whatever else is in there is not ours to remove.
    with suppress(OSError):
        instance.sockets.rmdir()
