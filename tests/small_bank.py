"""The small bank as rows that lie in the template database: a test copies them instead of making them again.

``make_world`` and ``make_everybody`` ask some seven hundred statements, and most tests begin with them.
What they made once is kept beside the public schema, and copying it asks one. Where it does not fit
(a test has made branches of its own before), they make everything row by row as ever.
"""

from enum import StrEnum
from functools import cache

from django.db import connection, transaction

from hrportal.kernel.rls import as_owner

# Rows that are only ever added, with keys of their own: others of them may stand there already.
LOGS = ("event", "accessentry", "pghistory_context")
# The access log lets nobody delete, whatever role; it may be truncated here (see conftest).
NEVER_DELETED = ("branches_accessentry", "branches_auditchainlink", "branches_auditchaincheck")


class Kept(StrEnum):
    """What is kept, each in a schema of this name; SEEDS is what the migrations themselves put in."""

    SEEDS = "kept_seeds"
    WORLD = "kept_world"
    STAFF = "kept_staff"


def copied(kept: Kept) -> bool:
    """Copy the kept rows into this test's tables; False where they do not fit and have to be made."""
    fits, rows = _question(kept), _copy(kept)
    if not rows:
        return False
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {fits}")
        if not cursor.fetchone()[0]:
            return False
        cursor.execute(
            f"SET LOCAL session_replication_role = replica;{rows}SET LOCAL session_replication_role = origin"
        )
    return True


@cache
def _tables(kept: Kept) -> dict[str, str]:
    """The kept tables and their columns, those that compute themselves left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(format('%%I', column_name), ', ' ORDER BY ordinal_position) "
            "FROM information_schema.columns AS ours WHERE table_schema = 'public' AND is_generated = 'NEVER' "
            "AND EXISTS (SELECT FROM pg_tables WHERE schemaname = %s AND tablename = table_name) "
            "GROUP BY table_name ORDER BY table_name",
            [kept],
        )
        return dict(cursor.fetchall())


@cache
def _copy(kept: Kept) -> str:
    return "".join(
        f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {kept}.{name};"
        for name, columns in _tables(kept).items()
    )


@cache
def _question(kept: Kept) -> str:
    """Whether nothing but seeds stands in the tables, and the world that the staff works in is the kept one."""
    alone = [
        f"NOT EXISTS (SELECT * FROM {name} EXCEPT SELECT * FROM {Kept.SEEDS}.{name})"
        for name in _tables(kept)
        if not name.endswith(LOGS)
    ]
    lived_in = [
        f"NOT EXISTS (SELECT id, code FROM {Kept.WORLD}.{name} EXCEPT SELECT id, code FROM {name})"
        for name in ("branches_branch", "branches_department")
        if kept == Kept.STAFF
    ]
    return " AND ".join([*alone, *lived_in]) or "false"


def sweep() -> None:
    """After a test with real transactions: every table as the migrations left it, seeds and keys included.

    Django would empty them all and make its content types and permissions anew, which takes longer
    than many a test.
    """
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_sweeping())


@cache
def _sweeping() -> str:
    tables = _tables(Kept.SEEDS)
    log = [name for name in tables if name.startswith(NEVER_DELETED)]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}' WHERE EXISTS (SELECT FROM {Kept.SEEDS}.{name})" for name in tables
            )
        )
        seeded = {name for (name,) in cursor.fetchall()}
    emptied = "".join(f"DELETE FROM {name};" for name in tables if name not in log)
    sown = "".join(
        f"INSERT INTO {name} ({tables[name]}) SELECT {tables[name]} FROM {Kept.SEEDS}.{name};"
        for name in sorted(seeded)
    )
    return (
        "SET LOCAL session_replication_role = replica;"
        f"TRUNCATE {', '.join(log)};{emptied}{sown}SET LOCAL session_replication_role = origin"
    )
