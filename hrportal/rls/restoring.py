"""Making in the database what is declared and not there: after every migration, and so after every restore.

A dump carries tables, policies and triggers, but neither roles nor, where these are missing, what was
given to them. Only what is wrong is made anew, because a policy locks its table while it is made.

Rights come last: a GRANT locks a table's entry in the catalogue and not the table, so an ANALYZE that
runs meanwhile waits for us with its own lock on the table, and a policy after that would wait for it.
"""

import pgtrigger
from django.db import connection, transaction

from hrportal.kernel.database.base import BANK_ROLE, ROLE
from hrportal.kernel.rls import BOTH, GIVE_RIGHTS, MAKE_ROLES
from hrportal.rls import checking, declared


@transaction.atomic
def restore() -> list[str]:
    """Make good what is wrong, as the owner of the tables; returns what was wrong.

    Raises:
        ProgrammingError: the owner may not make roles and they are missing.
    """
    found = checking.faults()
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(MAKE_ROLES)
        for table in checking.policy_faults():
            _restore_policies(table)
        if checking.trigger_faults():
            for operation in declared.triggers():
                cursor.execute(str(operation.sql))
            for model, trigger in pgtrigger.registered():
                trigger.install(model)
            pgtrigger.prune()
        cursor.execute(GIVE_RIGHTS)
        _restore_rights()
    return found


def _restore_policies(table: str) -> None:
    policy = declared.policies().get(table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(polname) FROM pg_policy WHERE polrelid = %s::regclass AND polpermissive "
            "AND (polroles = '{0}' OR polroles && ARRAY(SELECT oid FROM pg_roles WHERE rolname = ANY(%s)))",
            [table, [ROLE, BANK_ROLE]],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP POLICY {name} ON {table}")
        if policy is not None:
            cursor.execute(str(policy.sql))


def _restore_rights() -> None:
    quote = connection.ops.quote_name
    tables = ", ".join(map(quote, declared.rights()))
    statements = [f"REVOKE ALL ON {tables} FROM {BOTH}"]
    for table, rights in declared.rights().items():
        statements.append(f"GRANT {', '.join(sorted(rights))} ON {quote(table)} TO {BOTH}")
    for table, columns in declared.append_only().items():
        if columns:
            names = ", ".join(map(quote, sorted(columns)))
            statements.append(f"GRANT UPDATE ({names}) ON {quote(table)} TO {BANK_ROLE}")
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements))
