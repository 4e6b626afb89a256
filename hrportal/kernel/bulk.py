"""Rows of one table in one statement, from plain values: no object of a model for each row."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

Row = Mapping[str, Any]
_LENGTH = re.compile(r"\(.*\)")


def insert(model: type[models.Model], rows: Sequence[Row], *, ignore_conflicts: bool = False) -> None:
    """Insert rows, each a value by column (``person_id``); what the first does not name has its default.

    Encrypted columns take ``fields.encrypted``. What is assigned to columns that the database makes is refused
    by it.
    """
    if not rows:
        return
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and (field.attname in rows[0] or not isinstance(field, models.AutoField))
    ]
    names = ", ".join(f'"{field.column}"' for field in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {", ".join([one] * len(rows))}'  # noqa: S608 - names of the model
        + (" ON CONFLICT DO NOTHING" if ignore_conflicts else "")
    )
    values = [
        field.get_db_prep_save(
            row[field.attname] if field.attname in row else field.get_default(), connection
        )
        for row in rows
        for field in fields
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def update(model: type[models.Model], rows: Mapping[Any, Row]) -> int:
    """Set columns of rows, by primary key; all rows name the same columns. Returns how many there were."""
    if not rows:
        return 0
    key = model._meta.pk
    first = next(iter(rows.values()))
    fields = [field for field in model._meta.concrete_fields if field.attname in first]
    # Without the length: a cast would cut what the column refuses.
    types = [_LENGTH.sub("", field.db_type(connection) or "") for field in (key, *fields)]
    typed = f"({', '.join(f'%s::{kind}' for kind in types)})"
    plain = f"({', '.join(['%s'] * len(types))})"
    changes = ", ".join(f'"{field.column}" = sent.c{number}' for number, field in enumerate(fields))
    statement = (
        f'UPDATE "{model._meta.db_table}" AS kept SET {changes} '  # noqa: S608 - names of the model
        f"FROM (VALUES {', '.join([typed] + [plain] * (len(rows) - 1))}) "
        f"AS sent (key, {', '.join(f'c{number}' for number in range(len(fields)))}) "
        f'WHERE kept."{key.column}" = sent.key'
    )
    values: list[Any] = []
    for pk, row in rows.items():
        values.append(key.get_db_prep_save(pk, connection))
        values += [field.get_db_prep_save(row[field.attname], connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def next_keys(model: type[models.Model], number: int) -> list[int]:
    """Keys of rows that are not inserted yet, so that rows of two tables can name each other."""
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [table, column, number],
        )
        return [key for (key,) in cursor.fetchall()]
