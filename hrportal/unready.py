"""A database that is not there, not migrated or not open to this account, said in one line instead of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from psycopg2.errorcodes import INSUFFICIENT_PRIVILEGE

from hrportal.kernel.rls import as_owner


@contextmanager
def explained() -> Iterator[None]:
    """End the command with what to do; whatever is no fault of the surroundings goes on as it is."""
    try:
        yield
    except DatabaseError as error:
        said = _reason(error)
        if said is None:
            raise
        sys.stderr.write(f"{said}\n")
        sys.exit(1)


def _reason(error: DatabaseError) -> str | None:
    code = _code(error)
    first_line = str(error).strip().partition("\n")[0]
    if code is None and isinstance(error, OperationalError):
        return f"The database of DATABASE_URL does not answer: {first_line}"
    if code == INSUFFICIENT_PRIVILEGE:
        return (
            f"This account of the database may not do that: {first_line}. `migrate` needs the owner of the "
            "tables in DATABASE_URL, everything else the portal's own account; see docs/operations.md."
        )
    try:
        connection.close()
        with as_owner():
            executor = MigrationExecutor(connection)
            waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return None
    if waiting:
        return f"{waiting} migrations wait ({first_line}). Run `manage.py migrate` first."
    return None


def _code(error: BaseException | None) -> str | None:
    """What PostgreSQL called it, however often it was wrapped since."""
    while error is not None:
        if code := getattr(error, "pgcode", None):
            return str(code)
        error = error.__cause__ or error.__context__
    return None
