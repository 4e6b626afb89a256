"""Row-level security and triggers as migrations write them, and the entry point of the owner's rights that they need.

`manage.py migrate` finds these operations again in every migration and makes what a restore left out
(``hrportal.rls``), so each may run any number of times.

A policy lets a row be read and written by whoever has one of the ways to it, by what works bank-wide, and
by the owner who says so (a migration). Ways may lean on another table: a row seen through
``recruitment_application`` is seen where the application is.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations import RunSQL

from hrportal.kernel.database.base import BANK_ROLE, ROLE, DatabaseWrapper
from hrportal.kernel.scopes import SETTING

FUNCTION = re.compile(r"CREATE OR REPLACE FUNCTION (\w+)\(\)")
TRIGGER = re.compile(r"CREATE OR REPLACE TRIGGER (\w+)\b[^;]*?\bON (\w+)")
BOTH = f"{ROLE}, {BANK_ROLE}"
# Roles belong to the whole server, so another database may have made them, perhaps in this very moment.
MAKE_ROLES = f"""
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['{ROLE}', '{BANK_ROLE}'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        -- From version 16 on, who makes a role may not yet become it, and becomes it only when asked. An
        -- owner that may not pass the roles on needs neither: another account works as them.
        BEGIN
            IF current_setting('server_version_num')::int < 160000 THEN
                IF NOT pg_has_role(current_user, name, 'MEMBER') THEN
                    EXECUTE format('GRANT %I TO %I', name, current_user);
                END IF;
            ELSIF NOT pg_has_role(current_user, name, 'SET') THEN
                EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', name, current_user);
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END;
    END LOOP;
END $$;
"""  # noqa: S608 - the roles' names are ours
# What both may do with every table; `restoring` narrows it to what is declared.
GIVE_RIGHTS = f"""
GRANT USAGE ON SCHEMA public TO {BOTH};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {BOTH};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {BOTH};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {BOTH};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {BOTH};
"""
# The roles stay: other databases of the server work as them.
FORGET_ROLES = f"""
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM {BOTH};
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE, SELECT ON SEQUENCES FROM {BOTH};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {BOTH};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {BOTH};
REVOKE USAGE ON SCHEMA public FROM {BOTH};
"""  # noqa: S608 - the roles' names are ours
# The policies of a table, and to whom each is.
POLICIES = {"in_scope": ROLE, "bank_wide": BANK_ROLE, "owner": "CURRENT_USER"}
# A policy's comment says what was declared and what PostgreSQL made of it, so that a later change shows.
POLICY_FINGERPRINT = "md5({declared}) || ' ' || md5(pg_get_expr(polqual, polrelid))"


class RowPolicy(RunSQL):
    """Migration operation: row-level security on one table, forced on its owner, too.

    ``ways`` are conditions as ``at_branch`` and its neighbours make them; one must hold. What works
    bank-wide has a policy of its own that is simply true, because PostgreSQL plans the ways of every
    table they lean on anew for every statement, which costs machines more than their statement does.
    """

    def __init__(self, table: str, *ways: str) -> None:
        self.table, self.ways = table, ways
        # A page filters by the same branches. Seen as one more filter, the policy would make the planner expect a
        # handful of rows and sort them all; a CASE hides how few it lets through, and an index stays in order.
        one_of_them = f"CASE WHEN {' OR '.join(ways)} THEN true ELSE false END"
        told_so = f"(SELECT current_setting('{SETTING}', true)) = 'bank'"
        self.conditions = {"in_scope": one_of_them, "bank_wide": "true", "owner": told_so}
        super().__init__(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
            + "".join(self._policy(name, condition) for name, condition in self.conditions.items()),
            "".join(f"DROP POLICY IF EXISTS {name} ON {table};" for name in POLICIES)
            + f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
        )

    def _policy(self, name: str, condition: str) -> str:
        fingerprint = POLICY_FINGERPRINT.format(declared=quoted(condition))
        return (
            f"DROP POLICY IF EXISTS {name} ON {self.table};"  # noqa: S608 - names of a migration
            f"CREATE POLICY {name} ON {self.table} TO {POLICIES[name]} USING ({condition});"
            f"DO $do$ BEGIN EXECUTE format('COMMENT ON POLICY {name} ON {self.table} IS %L', "
            f"(SELECT {fingerprint} FROM pg_policy WHERE polrelid = '{self.table}'::regclass AND polname = '{name}')"
            "); END $do$;"
        )

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """As the migration wrote it."""
        return self.__class__.__qualname__, (self.table, *self.ways), {}


class Triggers(RunSQL):
    """Migration operation: functions and triggers, each written ``CREATE OR REPLACE``.

    Of several for one function the last migration counts. Undone, a function takes its triggers along.
    """

    def __init__(self, sql: str) -> None:
        super().__init__(sql, "".join(f"DROP FUNCTION {name}() CASCADE;" for name in FUNCTION.findall(sql)))

    @property
    def names(self) -> set[tuple[str, str]]:
        """Table and name of each trigger."""
        return {(table, name) for name, table in TRIGGER.findall(str(self.sql))}

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """As the migration wrote it."""
        return self.__class__.__qualname__, (self.sql,), {}


def quoted(text: str) -> str:
    """As a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _told(part: int, kind: str) -> str:
    """One part of ``Scope.setting``, null without a scope. A sub-select runs once for a statement."""
    return f"(SELECT nullif(split_part(current_setting('{SETTING}', true), '|', {part}), '')::{kind})"


def at_branch(column: str) -> str:
    """The row's branch is one of the scope's."""
    return f"{column} = ANY ({_told(2, 'bigint[]')}::bigint[])"


def at_department(column: str) -> str:
    """The row's department is one of the scope's."""
    return f"{column} = ANY ({_told(3, 'bigint[]')}::bigint[])"


def of_person(column: str) -> str:
    """The row is of the one candidate whose page this is."""
    return f"{column} = {_told(4, 'uuid')}"


def of_recipient(column: str) -> str:
    """The same, where the row knows the candidate as a recipient only."""
    return f"{column} = {_told(5, 'uuid')}"


def through(table: str, column: str, *, key: str = "id") -> str:
    """A row of ``table`` whose ``key`` is this row's ``column`` ("table.column") can be seen."""
    return f"EXISTS (SELECT 1 FROM {table} seen WHERE seen.{key} = {column})"  # noqa: S608 - names in a migration


@contextmanager
def as_owner() -> Iterator[None]:
    """Leave the role that owns nothing: for migrations and for making databases, for nothing else."""
    connection = connections[DEFAULT_DB_ALIAS]
    if not isinstance(connection, DatabaseWrapper):
        raise TypeError("settings.DATABASES must name the backend hrportal.kernel.database.")
    with connection.as_owner():
        yield
