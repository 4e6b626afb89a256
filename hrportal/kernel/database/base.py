"""The backend that ``settings.DATABASES`` names.

Role, scope and time limits go with the statements themselves: the first one of a transaction is sent as
``SET LOCAL …; SELECT …`` in one message, and so is every statement outside a transaction, which is a
transaction of its own to the server. That costs no round trip, ends with the transaction whatever
happens, and leaves nothing behind in a connection that the next request or a pooler takes over; a pooler
may give every transaction another connection to the server.
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

from hrportal.kernel.database import limits
from hrportal.kernel.scopes import SETTING, current

# Owners of nothing, members of nothing; made by `manage.py migrate`. What works in a part of the bank is
# the one, and so is what has no scope; what works bank-wide is the other for that transaction.
ROLE, BANK_ROLE = "hrportal_app", "hrportal_bank"
# These refuse company or a transaction, and touch no row by themselves; all else is sent with its role.
ALONE = re.compile(
    r"\s*(?:vacuum|(?:create|drop|alter)\s+(?:database|tablespace)|alter\s+system|checkpoint"
    r"|reindex|cluster|(?:create|drop)\s+(?:unique\s+)?index\s+concurrently"
    r"|begin|start|commit|end|rollback|abort|savepoint|release)\b",
    re.IGNORECASE,
)
BACK_TO_SAVEPOINT = re.compile(r"\s*rollback\s+to\b", re.IGNORECASE)
Execute = Callable[[Any, Any, bool, dict[str, Any]], Any]


class DatabaseWrapper(base.DatabaseWrapper):
    """Connects as the URL says, works as ``ROLE``, in the scope that is open at each statement."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.execute_wrappers.append(self._in_scope)
        self._is_owner = False
        # What the running transaction was told; None before its first statement, and when a savepoint's
        # rollback may have undone it.
        self._told: str | None = None

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """Work as the user of the URL: for migrations and for making databases, for nothing else."""
        before, self._is_owner = self._is_owner, True
        try:
            yield
        finally:
            self._is_owner = before

    def connect(self) -> None:
        """What Django asks then is about types of the server, also where the roles are not made yet."""
        with self.as_owner():
            super().connect()

    def chunked_cursor(self) -> Any:
        """Server-side only within a transaction: outside there is none that could carry the scope."""
        return super().chunked_cursor() if self.in_atomic_block else self.cursor()

    def _in_scope(self, execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: FBT001 - Django's signature of an execute wrapper
        if self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE:
            self._told = None
        text = sql if isinstance(sql, str) else sql.as_string(self.connection)
        if BACK_TO_SAVEPOINT.match(text):
            self._told = None
        # Where databases are made, the roles may not exist yet and there is no row.
        if self.alias == NO_DB_ALIAS or ALONE.match(text):
            return execute(sql, params, many, context)
        told = self._telling()
        if told == self._told:
            return execute(sql, params, many, context)
        if self._is_named(context["cursor"]):
            with self.connection.cursor() as cursor:
                cursor.execute(told)
        else:
            sql = SQL(f"{told}; ") + sql if isinstance(sql, Composable) else f"{told}; {sql}"
        result = execute(sql, params, many, context)
        self._told = told
        return result

    def _telling(self) -> str:
        """Role, scope and limits of the work in hand; the owner stays who it is and waits as long as it takes."""
        scope = current()
        role = "NONE" if self._is_owner else BANK_ROLE if scope and scope.everywhere else ROLE
        setting = scope.setting if scope else ""
        return f"SET LOCAL ROLE {role}; SET LOCAL {SETTING} = '{setting}'; " + (
            limits.NONE.telling if self._is_owner else limits.current().telling
        )

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
