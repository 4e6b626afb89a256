"""What `make fresh` does at length, in short: this checkout's files elsewhere, where a machine is not what one expects."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fresh import Clone, junk, remove

ENGINES = ("manage.py", "showmigrations", "sessions")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Closed to everybody else, as `mktemp -d` makes it; what lies elsewhere for it goes with it."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    remove(folder)


@pytest.mark.parametrize("name", ["checkout", "分行 招聘 'HR' & Co", "/".join(["deep" * 20] * 9)])
def test_it_starts_in_a_closed_folder_of_any_name(folder: Path, name: str) -> None:
    clone = Clone.prepared(folder / name)

    assert clone.make("setup").stdout == ""
    assert "[ ] 0001_initial" in clone.python(*ENGINES).stdout


def test_it_starts_whatever_is_set_for_others(folder: Path) -> None:
    clone = Clone.prepared(folder / "checkout")
    others = {
        "PYTHONPATH": str(junk(folder / "junk")),
        "PYTHONSAFEPATH": "1",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "LC_ALL": "C",
        "CDPATH": str(folder),
        "NODE_ENV": "production",
    }
    (folder / "frontend").mkdir()

    # With something to do: catalogue and static files are made under all that.
    for path in (
        *clone.folder.glob("locale/*/LC_MESSAGES/*.mo"),
        clone.folder / ".run/static/staticfiles.json",
    ):
        path.unlink()
    clone.without = ("HOME",)
    made = clone.make("setup", **others)

    assert made.returncode == 0, made.stderr
    assert (clone.folder / ".run/static/staticfiles.json").exists()


@pytest.mark.parametrize(
    ("target", "name", "address"),
    [
        ("demo", "DATABASE_URL", "sqlite:///shop.sqlite3"),
        ("serve", "DATABASE_URL", "mysql://root@127.0.0.1/shop"),
        ("demo", "DATABASE_URL", "postgresql://127.0.0.1:1/shop"),
        ("serve", "REDIS_URL", "redis://127.0.0.1:1/0"),
    ],
)
def test_an_address_of_another_program_is_named_with_the_remedy(
    folder: Path, target: str, name: str, address: str
) -> None:
    ended = Clone.prepared(folder / "checkout").make(target, **{name: address})

    assert ended.returncode == 2
    assert name in ended.stderr
    assert f"env -u {name}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_clean_takes_away_what_lies_elsewhere(folder: Path) -> None:
    clone = Clone.prepared(folder / "checkout")
    clone.python(*ENGINES)
    place = (clone.folder / ".run" / "place").resolve()
    assert place.exists() == (os.geteuid() == 0)
    copied = folder / "copied"
    shutil.copytree(clone.folder, copied, symlinks=True)

    subprocess.run(["make", "clean"], cwd=copied, check=True, capture_output=True)
    assert place.exists() == (os.geteuid() == 0)

    assert clone.make("clean").returncode == 0
    assert not place.exists()
    assert not (clone.folder / ".run").exists()
