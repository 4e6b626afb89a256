"""The backend that ``settings.DATABASES`` names.

The scope goes with the statements themselves: the first one of a transaction is sent as
``SET LOCAL …; SELECT …`` in one message, and so is every statement outside a transaction, which is a
transaction of its own to the server. That costs no round trip, ends with the transaction whatever
happens, and leaves nothing behind in a connection that the next request or a pooler takes over.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from django.db.utils import OperationalError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE
from psycopg2.sql import SQL, Composable

from hrportal.kernel.scopes import SETTING, Scope, current

# Owners of nothing, members of nothing; made by the first migration of the walls. What works in a part of
# the bank is the one, and so is what has no scope; what works bank-wide is the other for that transaction.
ROLE, BANK_ROLE = "hrportal_app", "hrportal_bank"
# Only these touch rows. What else there is (SAVEPOINT, VACUUM, CREATE DATABASE) may refuse company.
ON_ROWS = re.compile(
    r"[\s(]*(?:select|insert|update|delete|merge|with|explain|declare|copy)\b", re.IGNORECASE
)
BACK_TO_SAVEPOINT = re.compile(r"\s*rollback\s+to\b", re.IGNORECASE)
Execute = Callable[[Any, Any, bool, dict[str, Any]], Any]


class DatabaseWrapper(base.DatabaseWrapper):
    """Connects as the URL says, works as ``ROLE``, in the scope that is open at each statement."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute_wrappers.append(self._in_scope)
        self._is_owner = False
        # What the running transaction was told; None when a savepoint's rollback may have undone it.
        self._told: str | None = ""

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Work as the user of the URL: for migrations and for making databases, for nothing else."""
        self._is_owner = True
        try:
            if self.connection is not None:
                self._configure_role(self.connection)
            yield
        finally:
            self._is_owner = False
            if self.in_atomic_block and self.connection is not None:
                self._configure_role(self.connection)
            else:
                self.close()

    def _configure_role(self, connection: Any) -> bool:
        """Step down to ``ROLE``; before it exists there is no row to protect either."""
        if self.alias == NO_DB_ALIAS:
            return False
        self._told = None
        with connection.cursor() as cursor:
            if self._is_owner:
                cursor.execute("RESET ROLE")
            else:
                cursor.execute(
                    "SELECT set_config('role', rolname, false) FROM pg_roles WHERE rolname = %s", [ROLE]
                )
        return True

    def chunked_cursor(self) -> Any:
        """Server-side only within a transaction: outside there is none that could carry the scope."""
        return super().chunked_cursor() if self.in_atomic_block else self.cursor()

    def _in_scope(self, execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001 - Django's signature of an execute wrapper
        if self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE:
            self._told = ""
        text = sql if isinstance(sql, str) else sql.as_string(self.connection)
        if BACK_TO_SAVEPOINT.match(text):
            self._told = None
        scope = current()
        wanted = scope.setting if scope else ""
        if wanted == self._told or not ON_ROWS.match(text):
            return execute(sql, params, many, context)
        told = self._telling(scope, wanted)
        if self._is_named(context["cursor"]):
            with self.connection.cursor() as cursor:
                cursor.execute(told)
        else:
            sql = SQL(f"{told}; ") + sql if isinstance(sql, Composable) else f"{told}; {sql}"
        result = execute(sql, params, many, context)
        self._told = wanted
        return result

    def _telling(self, scope: Scope | None, wanted: str) -> str:
        """Role and setting of the scope; the owner stays who it is and has the setting alone."""
        setting = f"SET LOCAL {SETTING} = '{wanted}'"
        if self._is_owner:
            return setting
        return f"SET LOCAL ROLE {BANK_ROLE if scope and scope.everywhere else ROLE}; {setting}"

    def _is_named(self, cursor: CursorWrapper) -> bool:
        """Whether the driver turns the statement into DECLARE … CURSOR, where nothing can stand in front.

        Raises:
            OperationalError: outside a transaction, where the scope would end before the statement.
        """
        if not cursor.cursor.name:
            return False
        if not self.in_atomic_block:
            raise OperationalError("A server-side cursor needs a transaction, which carries the scope.")
        return True
