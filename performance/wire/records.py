"""One month of one employee, as the performance system sends it."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from performance.wire.rows import FieldImpossible, Row, count, month, number, reference

# Own measures of a file stand in columns of this name and their code.
METRIC_PREFIX = "metric."
METRIC_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
MOST_METRICS = 30
# What an integer column holds.
MOST_COUNTED = 2_147_483_647
LARGEST_METRIC = 10**12


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One month, checked; ``period`` is its first day. See ``PerformanceRecord`` for the units."""

    employee_no: str
    period: date
    score: Decimal
    complaints: int | None
    transactions: int | None
    project_completion: Decimal | None
    target_attainment: Decimal | None
    metrics: dict[str, float]

    def values(self) -> dict[str, Any]:
        """The columns of ``PerformanceRecord`` that a correction may change."""
        values = asdict(self)
        del values["employee_no"], values["period"]
        return values


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
        raise FieldImpossible("period", _("This month is in the future. Write a month that has begun."))
    score = number(row, "score", low=0, high=100, places=2)
    if score is None:
        raise FieldImpossible(
            "score", _("Write a number from %(low)s to %(high)s.") % {"low": 0, "high": 100}
        )
    complaints = count(row, "complaints", high=MOST_COUNTED)
    transactions = count(row, "transactions", high=MOST_COUNTED)
    if complaints is not None and (transactions is None or complaints > transactions):
        raise FieldImpossible(
            "transactions", _("Complaints count against transactions: write at least as many transactions.")
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
    )


def _metrics(row: Row) -> dict[str, float]:
    given = row.values.get("metrics") or {}
    if not isinstance(given, Mapping):
        raise FieldImpossible("metrics", _("Write an object of codes and numbers."))
    columns = {
        name.removeprefix(METRIC_PREFIX): value
        for name, value in row.values.items()
        if name.startswith(METRIC_PREFIX)
    }
    found: dict[str, float] = {}
    for code, value in {**columns, **given}.items():
        if not isinstance(code, str) or not METRIC_CODE.fullmatch(code):
            raise FieldImpossible("metrics", _("A code has letters, digits, _ and - only, at most 60."))
        measured = number(
            Row(row.line, {code: value}), code, low=-LARGEST_METRIC, high=LARGEST_METRIC, places=6
        )
        if measured is not None:
            found[code] = float(measured)
    if len(found) > MOST_METRICS:
        raise FieldImpossible("metrics", _("Send at most %(most)s own measures.") % {"most": MOST_METRICS})
    return found
