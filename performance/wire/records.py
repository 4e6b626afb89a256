"""One month of one employee, as the performance system sends it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from hrportal.kernel.tables import Row
from performance.wire.rows import FieldImpossible, count, month, number, reference, text

# Own measures of a file stand in columns of this name and their code.
METRIC_PREFIX = "metric."
METRIC_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
MOST_METRICS = 30
# What an integer column holds.
MOST_COUNTED = 2_147_483_647
LARGEST_METRIC = 10**12


# What may be left out; what is left out stays as it is.
OPTIONAL = ("complaints", "transactions", "project_completion", "target_attainment")


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One month, checked; ``period`` is its first day. See ``PerformanceRecord`` for the units.

    ``given`` names the optional fields that the row says something about: a cell that is empty or
    missing says nothing, ``null`` in JSON takes a value away. The same holds for single ``metrics``,
    where None takes one away.
    """

    employee_no: str
    period: date
    score: Decimal
    complaints: int | None
    transactions: int | None
    project_completion: Decimal | None
    target_attainment: Decimal | None
    metrics: dict[str, float | None]
    given: frozenset[str] = frozenset()
    # Who it is about beside the number, "" where the row does not say; compared and never stored.
    name: str = field(default="", repr=False)
    application_ref: str = ""
    # The number may have had leading zeros before a program took it for a number.
    is_doubtful: bool = False

    def values(self, known: Mapping[str, float]) -> dict[str, Any]:
        """The columns of ``PerformanceRecord`` that this row sets.

        Args:
            known: the own measures that the month has so far.
        """
        metrics = {code: value for code, value in {**known, **self.metrics}.items() if value is not None}
        return {"score": self.score, "metrics": metrics} | {name: getattr(self, name) for name in self.given}


def parse_record(row: Row, *, this_month: date) -> RecordRow:
    """Read one row.

    Args:
        row: fields as in ``PerformanceRecord``, with ``employee_no``, and ``metrics`` or ``metric.CODE``.
        this_month: the first day of the present month; later periods are not over, nor begun.

    Raises:
        FieldImpossible: the first field that is wrong.
    """
    period = month(row, "period")
    if period > this_month:
        raise FieldImpossible(
            "period", _("This month is in the future. Enter the current or an earlier month.")
        )
    score = number(row, "score", low=0, high=100, places=2)
    if score is None:
        raise FieldImpossible(
            "score", _("Enter a number from %(low)s to %(high)s.") % {"low": 0, "high": 100}
        )
    complaints = count(row, "complaints", high=MOST_COUNTED)
    transactions = count(row, "transactions", high=MOST_COUNTED)
    if complaints is not None and (transactions is None or complaints > transactions):
        raise FieldImpossible(
            "transactions",
            _("There cannot be more complaints than transactions. Enter at least as many transactions."),
        )
    return RecordRow(
        employee_no=reference(row, "employee_no", longest=40),
        period=period,
        score=score,
        complaints=complaints,
        transactions=transactions,
        project_completion=number(row, "project_completion", low=0, high=1, places=4),
        target_attainment=number(row, "target_attainment", low=0, high=10, places=4),
        metrics=_metrics(row),
        given=frozenset(name for name in OPTIONAL if _is_given(row, name)),
        name=text(row, "name"),
        application_ref=text(row, "application_ref"),
        is_doubtful="employee_no" in row.doubtful,
    )


def _is_given(row: Row, field: str) -> bool:
    """Whether the row says something of this field, be it that there is no value."""
    return bool(text(row, field)) or (field in row.values and row.values[field] is None)


def _metrics(row: Row) -> dict[str, float | None]:
    given = row.values.get("metrics") or {}
    if not isinstance(given, Mapping):
        raise FieldImpossible("metrics", _("Provide an object of codes and numbers."))
    columns = {
        name.removeprefix(METRIC_PREFIX): value
        for name, value in row.values.items()
        if name.startswith(METRIC_PREFIX)
    }
    found: dict[str, float | None] = {}
    for code, value in {**columns, **given}.items():
        if not isinstance(code, str) or not METRIC_CODE.fullmatch(code):
            raise FieldImpossible(
                "metrics", _("Codes may contain letters, digits, _ and - only, at most 60 characters.")
            )
        measured = number(
            Row(row.line, {code: value}), code, low=-LARGEST_METRIC, high=LARGEST_METRIC, places=6
        )
        if measured is not None:
            found[code] = float(measured)
        elif value is None:
            found[code] = None
    if len(found) > MOST_METRICS:
        raise FieldImpossible(
            "metrics", _("Provide at most %(most)s custom metrics.") % {"most": MOST_METRICS}
        )
    return found
