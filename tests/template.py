"""One migrated database, made once for each state of the migrations, that test databases are copied from.

Running every migration takes longer than any test, and each process of a parallel run would do it again.
"""

import hashlib
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
# What a migrated schema follows from: our migrations, the models whose history triggers write, what they stand on,
# the packages that bring their own.
SOURCES = (
    *("*/migrations/*.py", "*/models/*.py", "hrportal/kernel/**/*.py", "hrportal/rls/*.py"),
    *("hrportal/management/commands/migrate.py", "hrportal/settings.py", ".requirements/base.txt"),
)
# And what the small bank in it is made by.
MAKERS = (
    "tests/factories.py",
    "tests/*small_bank.py",
    "tests/staff.py",
    "branches/access.py",
    "branches/operations/*.py",
    "tests/rehearsal/bank/**/*.*",
)
PREFIX = "template_hrportal_"
BUILDING_SECONDS = 300
# Any number that nobody else takes for a lock of this server.
LOCK = 5_284_107


def template_name() -> str:
    """The template of the migrations as they are now."""
    found = hashlib.sha256()
    for pattern in (*SOURCES, *MAKERS):
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    return PREFIX + found.hexdigest()[:16]


def address_of(name: str) -> str:
    """The URL of another database of the test engine."""
    return os.environ["DATABASE_URL"].replace("@/hrportal?", f"@/{name}?")


def ensure_template() -> None:
    """Make the template unless it is there; those of earlier states go. Two runs wait for each other."""
    name = template_name()
    half = f"{name}_half"
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
            known = {row[0] for row in cursor.fetchall()}
            if name in known:
                return
            for old in known:
                cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{half}"')
            environment = os.environ | {
                "DATABASE_URL": address_of(half),
                "DJANGO_SETTINGS_MODULE": "hrportal.settings",
            }
            for step in (["manage.py", "migrate", "--verbosity=0"], ["-m", "tests.keep_small_bank"]):
                subprocess.run(
                    [sys.executable, *step], cwd=ROOT, env=environment, check=True, timeout=BUILDING_SECONDS
                )
            # Only a whole one gets the name: whoever was killed half-way leaves nothing that looks finished.
            cursor.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
