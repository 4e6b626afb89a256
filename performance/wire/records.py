"""One month of one employee, as the performance system sends it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from hrportal.kernel.contracts import remedy
from hrportal.kernel.tables import Row
from performance.wire.rows import (
    Cell,
    Count,
    FieldImpossible,
    Month,
    Number,
    Reference,
    RowModel,
    Text,
    read_row,
    said,
)

# Own measures of a file stand in columns of this name and their code.
METRIC_PREFIX = "metric."
METRIC_CODE = re.compile(r"[A-Za-z0-9_-]{1,60}")
MOST_METRICS = 30
# What an integer column holds.
MOST_COUNTED = 2_147_483_647
LARGEST_METRIC = 10**12


@dataclass(frozen=True, slots=True)
class MetricCode(Cell):
    """The code of an own measure."""

    @property
    def described(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^{METRIC_CODE.pattern}$"}

    def read(self, value: object) -> str:
        if not isinstance(value, str) or not METRIC_CODE.fullmatch(value):
            raise remedy(_("Codes may contain letters, digits, _ and - only, at most 60 characters."))
        return value


def _few(metrics: dict[str, float | None]) -> dict[str, float | None]:
    if len(metrics) > MOST_METRICS:
        raise remedy(_("Provide at most %(most)s custom metrics.") % {"most": MOST_METRICS})
    return metrics


Counted = Annotated[int, Count(MOST_COUNTED)]
Metric = Annotated[float, Number(-LARGEST_METRIC, LARGEST_METRIC, 6), AfterValidator(float)]


class RecordRow(RowModel):
    """One month, checked; ``period`` is its first day. See ``PerformanceRecord`` for the units.

    A cell that is empty or missing says nothing, ``null`` in JSON takes a value away. The same holds for
    single ``metrics``.
    """

    employee_no: Annotated[str, Reference(40)]
    period: Annotated[date, Month()] = Field(description="A month that has begun.")
    score: Annotated[Decimal, Number(0, 100, 2)]
    complaints: Counted | None = Field(
        default=None, description="Count against transactions, which must be sent too."
    )
    transactions: Counted | None = Field(default=None, validate_default=True)
    project_completion: Annotated[Decimal, Number(0, 1, 4)] | None = None
    target_attainment: Annotated[Decimal, Number(0, 10, 4)] | None = Field(
        default=None, description="Result divided by target."
    )
    metrics: Annotated[dict[Annotated[str, MetricCode()], Metric | None], AfterValidator(_few)] = Field(
        default={},
        description="Custom metrics by code; that of a target is compared with the target as notified. "
        "One that is not named stays as it is, null takes one away.",
        json_schema_extra={"maxProperties": MOST_METRICS},
    )
    name: Annotated[str, Text()] = Field(
        default="", repr=False, description="Of the employee: compared, never stored."
    )
    application_ref: Annotated[str, Text()] = Field(
        default="", description="The employee's: compared, never stored."
    )

    @field_validator("transactions")
    @classmethod
    def _counts_complaints(cls, transactions: int | None, info: ValidationInfo) -> int | None:
        complaints = info.data.get("complaints")
        if complaints is not None and (transactions is None or complaints > transactions):
            raise remedy(
                _("There cannot be more complaints than transactions. Enter at least as many transactions.")
            )
        return transactions

    def values(self, known: Mapping[str, float]) -> dict[str, Any]:
        """The columns of ``PerformanceRecord`` that this row sets.

        Args:
            known: the own measures that the month has so far.
        """
        metrics = {code: value for code, value in {**known, **self.metrics}.items() if value is not None}
        given = {name: getattr(self, name) for name in OPTIONAL if name in self.model_fields_set}
        return {"score": self.score, "metrics": metrics} | given


# What may be left out; what is left out stays as it is.
OPTIONAL = ("complaints", "transactions", "project_completion", "target_attainment")


def parse_record(row: Row, *, this_month: date) -> RecordRow:
    """Read one row.

    Args:
        row: fields as in ``RecordRow``, or ``metric.CODE`` for single ``metrics``.
        this_month: the first day of the present month; later periods are not over, nor begun.

    Raises:
        FieldImpossible: the first field that is wrong.
    """
    record = read_row(RecordRow, Row(row.line, _with_metrics(row.values), row.doubtful))
    if record.period > this_month:
        raise FieldImpossible(
            "period", _("This month is in the future. Enter the current or an earlier month.")
        )
    return record


def _with_metrics(values: Mapping[str, object]) -> dict[str, object]:
    """The fields, with the columns of single metrics beside the others."""
    given = values.get("metrics") or {}
    if not isinstance(given, Mapping):
        raise FieldImpossible("metrics", _("Provide an object of codes and numbers."))
    fields = {name: value for name, value in values.items() if not name.startswith(METRIC_PREFIX)}
    columns = {name.removeprefix(METRIC_PREFIX): values[name] for name in values.keys() - fields.keys()}
    return fields | {"metrics": said({**columns, **given})}
