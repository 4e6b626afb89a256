"""Where the user that runs PostgreSQL for root can reach its programs and its data.

Root may keep the checkout where nobody else may pass (``/root``, a folder of mode 700), or install
with a umask that keeps others out. Nobody else's folders are opened for that: programs and cluster
move to a folder of their own, and a link ``place`` in the instance's folder says where.
"""

import hashlib
import pwd
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from tests.embedded.instances import CHECKOUT, EmbeddedServiceError, Instance
from tests.embedded.users import run_as, user_name

# The first is for what programs keep; the other, too, outlives a reboot. Either may be mounted without "exec".
ROOMS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - mkdtemp makes a name that nobody else has
OWNER = "checkout"


def settle(instance: Instance, *, programs: Path, user: str) -> None:
    """Make sure that ``user`` can run the programs of the wheel and reach the cluster; the server is down.

    Raises:
        EmbeddedServiceError: there is no room that the user can reach, or the cluster is somebody else's.
    """
    _disown_the_place_of_another_checkout(instance)
    _take_over(instance.data, user)
    if not instance.place.exists():
        if _can_run(user, programs) and _can_enter(user, instance.folder):
            return
        instance.place.unlink(missing_ok=True)
        instance.place.symlink_to(_make_place(programs, user))
    place = instance.place.resolve()
    _copy_programs(programs, place.parent)
    _move_in(instance.folder / "postgres", place / "postgres", user)


def copy_of(programs: Path, room: Path) -> Path:
    """Where the copies of the programs are in a room: one for all checkouts with this build of the wheel.

    They are as far from their libraries as in the wheel, because they look for them from where they are.
    """
    return room / f"programs-{_build(programs / 'postgres')}" / programs.relative_to(programs.parents[2])


@cache
def _build(program: Path) -> str:
    with program.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:12]


def _disown_the_place_of_another_checkout(instance: Instance) -> None:
    """A checkout that was copied links to the cluster of the one it was copied from; one that was moved, to its own."""
    if not instance.place.exists():
        return
    owner = instance.place / OWNER
    theirs = Path(owner.read_text(encoding="utf-8")) / instance.place.relative_to(CHECKOUT)
    if theirs == instance.place:
        return
    if theirs.exists() and theirs.samefile(instance.place):
        instance.place.unlink()
    else:
        owner.write_text(str(CHECKOUT), encoding="utf-8")


def _take_over(cluster: Path, user: str) -> None:
    """The cluster of a user who is gone is ours; that of one who is there is not."""
    if not cluster.exists() or cluster.stat().st_uid == pwd.getpwnam(user).pw_uid:
        return
    if name := user_name(cluster.stat().st_uid):
        raise EmbeddedServiceError(
            f"{cluster} belongs to {name}, and root runs PostgreSQL as {user}. Run the command as {name}, "
            "or start over with make clean, which deletes the data."
        )
    _give(cluster, user)


def _give(folder: Path, user: str) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user)


def _make_place(programs: Path, user: str) -> Path:
    for room in (room / "hrportal" for room in ROOMS):
        with suppress(OSError):
            room.mkdir(mode=0o711, exist_ok=True)
            # Anybody may make a folder in the second of them, but not in ours.
            if room.is_symlink() or room.stat().st_uid != 0:
                continue
            room.chmod(0o711)
            _copy_programs(programs, room)
            if _can_run(user, copy_of(programs, room)):
                place = Path(tempfile.mkdtemp(dir=room))
                place.chmod(0o711)
                (place / OWNER).write_text(str(CHECKOUT), encoding="utf-8")
                return place
    raise EmbeddedServiceError(
        f"PostgreSQL does not run as root, and the user {user} can reach its programs neither in {programs} nor in "
        f"{' or '.join(map(str, ROOMS))}. Run the command as a user who is not root, or set DATABASE_URL."
    )


def _copy_programs(programs: Path, room: Path) -> None:
    """Copy beside and move, for everybody to read and run, whatever the umask was and is."""
    wanted = copy_of(programs, room).parents[2]
    if wanted.exists():
        return
    fresh, package = Path(tempfile.mkdtemp(dir=room)), programs.parents[1]
    for folder in (programs.parent, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, fresh / folder.relative_to(package.parent), symlinks=True)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    try:
        fresh.rename(wanted)
    except OSError:  # another checkout was quicker
        shutil.rmtree(fresh)


def _move_in(old: Path, new: Path, user: str) -> None:
    """Take along the cluster of a checkout that could be reached until now."""
    if not old.is_dir() or new.exists():
        return
    half = new.with_name("postgres.moving")
    shutil.rmtree(half, ignore_errors=True)
    try:
        old.rename(new)
    except OSError:  # another file system
        shutil.copytree(old, half, symlinks=True)
        _give(half, user)
        half.rename(new)
        shutil.rmtree(old)


def _can_run(user: str, programs: Path) -> bool:
    """Asked of the kernel instead of guessed from modes: the programs, and with initdb the libraries."""
    return all(
        run_as(user, programs / name, "--version", quietly=True) == 0 for name in ("postgres", "initdb")
    )


def _can_enter(user: str, folder: Path) -> bool:
    return run_as(user, Path("/bin/sh"), "-c", 'test -x "$0"', str(folder), quietly=True) == 0
