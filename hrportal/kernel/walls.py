"""Row-level security as migrations write it, and the door to the owner's rights that they need.

A wall is one policy for reading and writing alike: a row is there for whoever works bank-wide, and
for whoever has one of the ways to it. Policies of a table may lean on those of another: a row seen
through ``recruitment_application`` is seen where the application is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations import RunSQL

from hrportal.kernel.database.base import ROLE, DatabaseWrapper
from hrportal.kernel.scopes import SETTING

# Roles belong to the whole server, so another database may have made it, perhaps in this very moment.
MAKE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}') THEN
        BEGIN
            CREATE ROLE {ROLE} NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    -- From version 16 on, who makes a role may not yet become it.
    IF NOT pg_has_role(current_user, '{ROLE}',
                       CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END) THEN
        EXECUTE format('GRANT {ROLE} TO %I', current_user);
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO {ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {ROLE};
"""  # noqa: S608 - the role's name is ours
# The role stays: other databases of the server work as it.
FORGET_ROLE = f"""
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM {ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE, SELECT ON SEQUENCES FROM {ROLE};
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {ROLE};
REVOKE USAGE ON SCHEMA public FROM {ROLE};
"""  # noqa: S608 - the role's name is ours
# What hrportal.kernel.scopes.Scope.setting puts together. Without a scope all are false or null.
SCOPE_FUNCTIONS = f"""
CREATE FUNCTION hrportal_scope(part int) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(split_part(current_setting('{SETTING}', true), '|', part), '');
CREATE FUNCTION hrportal_everywhere() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(hrportal_scope(1) = 'bank', false);
CREATE FUNCTION hrportal_branches() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN hrportal_scope(2)::bigint[];
CREATE FUNCTION hrportal_departments() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
    RETURN hrportal_scope(3)::bigint[];
CREATE FUNCTION hrportal_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN hrportal_scope(4)::uuid;
CREATE FUNCTION hrportal_recipient() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN hrportal_scope(5)::uuid;
"""
DROP_SCOPE_FUNCTIONS = """
DROP FUNCTION hrportal_recipient();
DROP FUNCTION hrportal_person();
DROP FUNCTION hrportal_departments();
DROP FUNCTION hrportal_branches();
DROP FUNCTION hrportal_everywhere();
DROP FUNCTION hrportal_scope(int);
"""


class Wall(RunSQL):
    """Migration operation: row-level security on one table, forced on its owner, too.

    ``ways`` are conditions as ``at_branch`` and its neighbours make them; one must hold.
    """

    def __init__(self, table: str, *ways: str) -> None:
        self.table, self.ways = table, ways
        # Sub-selects without a reference to the row run once for a statement, not once for a row.
        condition = " OR ".join(("(SELECT hrportal_everywhere())", *ways))
        super().__init__(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
            f"CREATE POLICY wall ON {table} USING ({condition}) WITH CHECK ({condition});",
            f"DROP POLICY wall ON {table};"
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
        )

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """As the migration wrote it."""
        return self.__class__.__qualname__, (self.table, *self.ways), {}


def at_branch(column: str) -> str:
    """The row's branch is one of the scope's."""
    return f"{column} = ANY ((SELECT hrportal_branches())::bigint[])"


def at_department(column: str) -> str:
    """The row's department is one of the scope's."""
    return f"{column} = ANY ((SELECT hrportal_departments())::bigint[])"


def of_person(column: str) -> str:
    """The row is of the one candidate whose page this is."""
    return f"{column} = (SELECT hrportal_person())"


def of_recipient(column: str) -> str:
    """The same, where the row knows the candidate as a recipient only."""
    return f"{column} = (SELECT hrportal_recipient())"


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
