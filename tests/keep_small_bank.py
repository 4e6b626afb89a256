"""`python -m tests.keep_small_bank`: makes the small bank in the database of the settings and keeps it.

Runs once for each template, see ``tests.template``.
"""

import io
import itertools
from collections.abc import Callable

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - models need the set-up above
from django.test.utils import override_settings  # noqa: E402 - the same

from hrportal.kernel.rls import as_owner  # noqa: E402 - the same
from hrportal.kernel.scopes import bank_wide  # noqa: E402 - the same
from tests import factories, staff  # noqa: E402 - the same
from tests.small_bank import Kept  # noqa: E402 - the same

MAKERS: dict[Kept, Callable[[], object]] = {
    Kept.SEEDS: lambda: None,
    Kept.WORLD: factories.make_world_by_rows,
    Kept.STAFF: staff.make_everybody_by_rows,
}


def keep() -> None:
    """Make everything once and take it back; what it was goes into schemas beside the public one."""
    # What tests make later must not take the same numbers.
    factories._numbers = itertools.count(1)
    with bank_wide("the small bank"), as_owner():
        with transaction.atomic():
            made = {kept: _made(kept) for kept in MAKERS}
            transaction.set_rollback(True)
        with transaction.atomic(), connection.cursor() as cursor:
            for kept, tables in made.items():
                cursor.execute(f"CREATE SCHEMA {kept}")
                for name, rows in tables.items():
                    if rows or kept == Kept.SEEDS:
                        cursor.execute(f"CREATE TABLE {kept}.{name} (LIKE public.{name})")
                        cursor.copy_expert(f"COPY {kept}.{name} FROM STDIN", io.StringIO(rows))


def _made(kept: Kept) -> dict[str, str]:
    """What its maker adds to each table, as COPY writes it."""
    order = list(MAKERS)
    earlier = order[: order.index(kept)]
    MAKERS[kept]()
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {kept}")
        for name in connection.introspection.table_names():
            known = "".join(f" EXCEPT SELECT * FROM {schema}.{name}" for schema in earlier)
            cursor.execute(f"CREATE TABLE {kept}.{name} AS SELECT * FROM public.{name}{known}")
            rows = io.StringIO()
            cursor.copy_expert(f"COPY {kept}.{name} TO STDOUT", rows)
            found[name] = rows.getvalue()
    return found


if __name__ == "__main__":
    # Tests know only this hash, because a slow one is wasted on accounts that live for one test.
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        keep()
