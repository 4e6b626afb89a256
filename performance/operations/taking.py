"""Rows that the portal fails at: each is an error of its own line, and its neighbours go in."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from hrportal.kernel.sweeps import own_fault, raise_unless_own
from hrportal.kernel.tables import Row, RowError
from performance.operations.records import Key, RecordsOutcome, record_performance

Written = TypeVar("Written", bound=Model)


def failed_row(line: int, error: Exception, *, file: str = "") -> RowError:
    """The error of a row for an exception that nobody foresaw.

    Raises:
        OperationalError, InterfaceError: ``error`` itself, if it was the connection or the server.
    """
    message = _("This row could not be processed (%(reference)s). Try again, or give IT the reference.")
    return RowError(line, "row", message % {"reference": own_fault(error, line=line)}, file)


def write_each(
    rows: Sequence[tuple[int, Written]], write: Callable[[list[Written]], object], *, file: str
) -> tuple[list[Written], list[RowError]]:
    """Write all rows, each with its line, in one statement; where the database refuses, ever smaller parts.

    Returns what was written and the errors of the rows that were not.
    """
    if not rows:
        return [], []
    try:
        with transaction.atomic():
            write([row for _line, row in rows])
    except Exception as error:  # noqa: BLE001 - which row's it is, halves will tell
        if len(rows) == 1:
            return [], [failed_row(rows[0][0], error, file=file)]
        raise_unless_own(error)
        half = len(rows) // 2
        parts = [write_each(part, write, file=file) for part in (rows[:half], rows[half:])]
        return [row for written, _ in parts for row in written], [
            error for _, errors in parts for error in errors
        ]
    return [row for _line, row in rows], []


def record_each(
    *, rows: Sequence[Row], earlier: dict[Key, int] | None = None, **options: Any
) -> RecordsOutcome:
    """``record_performance`` for all rows at once; where that fails, for ever smaller parts of them."""
    seen = dict(earlier or {})
    try:
        with transaction.atomic():
            outcome = record_performance(rows=rows, earlier=seen, **options)
    except Exception as error:  # noqa: BLE001 - which row's it is, halves will tell
        # Every smaller part that holds somebody's row would wait for it as long again.
        raise_unless_own(error)
        if len(rows) < 2:
            return RecordsOutcome(errors=[failed_row(row.line, error) for row in rows])
        seen = dict(earlier or {})
        half = len(rows) // 2
        outcome = RecordsOutcome()
        for part in (rows[:half], rows[half:]):
            found = record_each(rows=part, earlier=seen, **options)
            outcome.done += found.done
            outcome.errors += found.errors
        outcome.errors.sort(key=lambda one: one.line)
    if earlier is not None:
        earlier.update(seen)
    return outcome
