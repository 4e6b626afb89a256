"""Whether the database holds what is declared, and whether who signs in to it could get around it."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from hrportal.kernel.database.base import BANK_ROLE, ROLE
from hrportal.kernel.rls import POLICIES, RowPolicy
from hrportal.rls import declared

ROLES = (ROLE, BANK_ROLE)
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
# Members of these read or write past every privilege, or reach the server's files.
PRIVILEGED = (
    *("pg_read_all_data", "pg_write_all_data", "pg_read_server_files", "pg_write_server_files"),
    *("pg_execute_server_program", "pg_maintain"),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """One row of ``pg_policy``; ``roles`` empty is everybody."""

    name: str
    permissive: bool
    command: str
    roles: tuple[str, ...]
    checks_writes: bool
    condition: str
    fingerprint: str


def faults() -> list[str]:
    """What is not as declared, whoever asks: roles, policies, rights, triggers. Empty when all is well."""
    if not _roles_exist():
        return [f"The roles {ROLE} and {BANK_ROLE} do not both exist; `manage.py migrate` makes them."]
    return [
        *(fault for found in policy_faults().values() for fault in found),
        *right_faults(),
        *trigger_faults(),
        *(fault for role in ROLES for fault in _privilege_faults(role)),
    ]


def _roles_exist() -> bool:
    return len(_rows("SELECT FROM pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])) == len(ROLES)


def policy_faults() -> dict[str, list[str]]:
    """Table to what is wrong with its row-level security. Two queries."""
    expected = declared.policies()
    with transaction.atomic():
        # How PostgreSQL writes a condition depends on which schema needs no name.
        _rows("SELECT set_config('search_path', 'public', true)")
        forced = dict(
            _rows(
                "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
                "WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)",
                [list(expected)],
            )
        )
        policies: dict[str, list[Policy]] = {}
        for table, name, permissive, command, roles, checks_writes, condition, fingerprint in _rows(
            "SELECT relname, polname, polpermissive, polcmd::text, "
            "ARRAY(SELECT rolname::text FROM pg_roles WHERE pg_roles.oid = ANY(polroles)), "
            "polwithcheck IS NOT NULL, coalesce(md5(pg_get_expr(polqual, polrelid)), ''), "
            "coalesce(obj_description(pg_policy.oid, 'pg_policy'), '') "
            "FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid "
            "WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)",
            [list(expected)],
        ):
            policy = Policy(name, permissive, command, tuple(roles), checks_writes, condition, fingerprint)
            policies.setdefault(table, []).append(policy)
    return {
        table: found
        for table, policy in expected.items()
        if (found := list(_of_table(policy, policies.get(table, []), is_forced=forced.get(table, False))))
    }


def _of_table(expected: RowPolicy, policies: list[Policy], *, is_forced: bool) -> Iterator[str]:
    label = expected.table
    if not is_forced:
        yield f"{label}: no forced row-level security."
    by_name = {policy.name: policy for policy in policies}
    for name, to in POLICIES.items():
        policy = by_name.pop(name, None)
        if policy is None:
            yield f"{label}: the policy {name} is missing."
        elif not _is_as_declared(policy, to, expected.conditions[name]):
            yield f"{label}: the policy {name} is not the one that was declared."
    for policy in by_name.values():
        if policy.permissive and (not policy.roles or {*policy.roles} & {*ROLES}):
            yield f"{label}: the policy {policy.name} opens more rows than were declared."


def _is_as_declared(policy: Policy, to: str, condition: str) -> bool:
    whose = policy.roles == (to,) if to in ROLES else bool(policy.roles) and not {*policy.roles} & {*ROLES}
    told = f"{hashlib.md5(condition.encode(), usedforsecurity=False).hexdigest()} {policy.condition}"
    return (
        whose
        and policy.permissive
        and policy.command == "*"
        and not policy.checks_writes
        and policy.fingerprint == told
    )


def right_faults() -> list[str]:
    """Rights of the portal's roles that are missing, and those that they should not have. Two queries."""
    wanted = declared.rights()
    return [
        *(
            f"{role} {'may' if has else 'may not'} {privilege} {table}."
            for table, role, privilege, has in _rows(
                "SELECT relname, role, privilege, has_table_privilege(role, pg_class.oid, privilege) "
                "FROM pg_class, unnest(%s) AS role, unnest(%s) AS privilege "
                "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = ANY(%s)",
                [list(ROLES), list(PRIVILEGES), list(wanted)],
            )
            if has != (privilege in wanted[table])
        ),
        *(
            f"{role} {'may' if has else 'may not'} UPDATE {column} of {table}."
            for table, column, role, has in _rows(
                "SELECT relname, attname, role, has_column_privilege(role, pg_class.oid, attname, 'UPDATE') "
                "FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, unnest(%s) AS role "
                "WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) "
                "AND attnum > 0 AND NOT attisdropped",
                [list(ROLES), list(declared.append_only())],
            )
            if has != (role == BANK_ROLE and column in declared.append_only()[table])
        ),
        *(
            f"{role} may not use the sequence {name}."
            for name, role in _rows(
                "SELECT relname, role FROM pg_class, unnest(%s) AS role "
                "WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' "
                "AND NOT has_sequence_privilege(role, pg_class.oid, 'USAGE')",
                [list(ROLES)],
            )
        ),
    ]


def trigger_faults() -> list[str]:
    """Every declared trigger that does not fire as declared, and those of a history that none declares."""
    found = {
        (table, name): (fires, fingerprint)
        for table, name, fires, fingerprint in _rows(
            "SELECT relname, tgname, tgenabled IN ('O', 'A'), coalesce(obj_description(pg_trigger.oid), '') "
            "FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal"
        )
    }
    wanted = declared.trigger_fingerprints()
    return [
        *(
            f"{table}: the trigger {name} is missing or switched off."
            for table, name in sorted(wanted)
            if not found.get((table, name), (False, ""))[0]
        ),
        *(
            f"{table}: the trigger {name} is not the one that was declared."
            for (table, name), fingerprint in sorted(wanted.items())
            if fingerprint and found.get((table, name), (True, fingerprint))[1] != fingerprint
        ),
        *(
            f"{table}: the trigger {name} is no longer declared."
            for table, name in sorted(found.keys() - wanted.keys())
            if name.startswith("pgtrigger_")
        ),
    ]


def login_faults() -> list[str]:
    """Why the account that the portal signs in to the database with may not be used for it.

    The portal steps down for each transaction; this asks what the account could do before it has.
    """
    ((login,),) = _rows("SELECT session_user::text")
    found = list(_privilege_faults(login))
    if any("superuser" in fault for fault in found) or not _roles_exist():
        return found
    ((may,),) = _rows(
        "SELECT CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER' ELSE 'SET' END"
    )
    found += [
        f"The account {login} may not work as {role}; as administrator: GRANT {role} TO {login} WITH INHERIT FALSE, SET TRUE"
        for role in ROLES
        if not _rows("SELECT WHERE pg_has_role(%s, %s, %s)", [login, role, may])
    ]
    with_rights = _rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) "
        "AND has_table_privilege(%s, pg_class.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') ORDER BY 1",
        [list(declared.rights()), login],
    )
    if with_rights and not found:
        found.append(
            f"The account {login} has rights on {len(with_rights)} tables of its own (the first is "
            f"{with_rights[0][0]}); it must inherit none: grant {ROLE} and {BANK_ROLE} WITH INHERIT FALSE."
        )
    return found


def _privilege_faults(role: str) -> Iterator[str]:
    """What lets a role pass every policy, or take it away."""
    ((is_super, bypasses, creates),) = _rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", [role]
    )
    if is_super:
        yield f"{role} is a superuser, whom no policy stops."
        return
    if bypasses:
        yield f"{role} has BYPASSRLS, so no policy stops it."
    if creates:
        yield f"{role} has CREATEROLE and could give itself more."
    for owner, tables in _rows(
        "SELECT pg_get_userbyid(relowner), count(*) FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) "
        "AND pg_has_role(%s, relowner, 'MEMBER') GROUP BY 1",
        [list(declared.rights()), role],
    ):
        yield f"{role} is or may become {owner}, the owner of {tables} tables, and could take their policies away."
    for (powerful,) in _rows(
        "SELECT rolname FROM pg_roles WHERE (rolname = ANY(%s) OR rolsuper OR rolbypassrls) "
        "AND rolname <> %s AND pg_has_role(%s, oid, 'MEMBER')",
        [list(PRIVILEGED), role, role],
    ):
        yield f"{role} is a member of {powerful}, whom no policy stops."


def _rows(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        found: Iterable[tuple[Any, ...]] = cursor.fetchall()
        return list(found)
