"""Monthly performance: rows in, errors out, the rest is kept; corrections leave what was there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import User
from hrportal.kernel.tables import Row, RowError
from performance.enums import RowEffect
from performance.models import Hire, PerformanceRecord, RecordCorrection
from performance.operations.analyses import want_analyses
from performance.queries.employees import SPELT_OTHERWISE, numbers_alike
from performance.wire import FieldImpossible, RecordRow, parse_record

Key = tuple[str, date]
COLUMNS = ("score", "complaints", "transactions", "project_completion", "target_attainment", "metrics")
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class RowDone:
    """What one row did, or would do; ``before`` and ``after`` have the fields that it corrects."""

    line: int
    employee_no: str
    period: date
    effect: RowEffect
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class RecordsOutcome:
    """What each row did, and what was wrong with the others, in the order of the rows."""

    done: list[RowDone] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)

    @property
    def created(self) -> int:
        """How many months are new."""
        return self._count(RowEffect.CREATED)

    @property
    def corrected(self) -> int:
        """How many months say something else now."""
        return self._count(RowEffect.CORRECTED)

    @property
    def unchanged(self) -> int:
        """How many months said so before."""
        return self._count(RowEffect.UNCHANGED)

    def _count(self, effect: RowEffect) -> int:
        return sum(row.effect == effect for row in self.done)


@transaction.atomic
def record_performance(
    *,
    rows: Iterable[Row],
    now: datetime,
    source: str,
    by: User | None = None,
    among: QuerySet[Hire] | None = None,
    dry_run: bool = False,
    earlier: dict[Key, int] | None = None,
) -> RecordsOutcome:
    """Take monthly records in, by employee and period; the same again changes nothing.

    A row that is wrong (unknown employee, impossible value, future period, a month before the first
    day, the same month twice) becomes an error, and the rest goes in.

    Args:
        rows: as sent, see ``performance.wire.parse_record``.
        now: business time.
        source: the door they came through: api, file, history.
        by: who sent them, if a person did.
        among: the employees that the sender may write about; others are unknown. None: all.
        dry_run: say what would happen, and write nothing.
        earlier: the lines of months in rows of the same file before these; grows by those of these rows.
    """
    outcome = RecordsOutcome()
    wanted = _parsed(rows, {} if earlier is None else earlier, now=now, outcome=outcome)
    hires = _hires({number for number, _period in wanted}, among, lock=not dry_run)
    alike = numbers_alike({number for number, _period in wanted}, among)
    placed = _placed(wanted, hires, alike, outcome=outcome)
    known = {
        (record.hire_id, record.period): record
        for record in PerformanceRecord.objects.filter(hire__in={hire.pk for _line, hire, _row in placed})
    }
    changes = _Changes(now=now, source=source, by=by)
    for line, hire, row in placed:
        try:
            outcome.done.append(changes.take(line, hire, row, known.get((hire.pk, row.period))))
        except FieldImpossible as wrong:
            outcome.errors.append(wrong.at(line))
    outcome.errors.sort(key=lambda error: error.line)
    if not dry_run:
        changes.write()
        for season in {hire.season for hire in changes.touched}:
            want_analyses(season=season, now=now)
    return outcome


def _parsed(
    rows: Iterable[Row], earlier: dict[Key, int], *, now: datetime, outcome: RecordsOutcome
) -> dict[Key, tuple[int, RecordRow]]:
    """The rows that are right in themselves, by employee and period."""
    this_month = timezone.localdate(now).replace(day=1)
    found: dict[Key, tuple[int, RecordRow]] = {}
    for row in rows:
        try:
            record = parse_record(row, this_month=this_month)
        except FieldImpossible as fault:
            outcome.errors.append(fault.at(row.line))
            continue
        key = record.employee_no, record.period
        if key in earlier:
            message = _("This employee has this month in line %(line)s already. Keep one of them.") % {
                "line": earlier[key]
            }
            outcome.errors.append(RowError(row.line, "period", message))
            continue
        earlier[key] = row.line
        found[key] = row.line, record
    return found


def _hires(numbers: set[str], among: QuerySet[Hire] | None, *, lock: bool) -> dict[str, Hire]:
    """The hires by number; locked in one order, so that two uploads of the same months take turns."""
    rows = (Hire.objects.all() if among is None else among).filter(employee_no__in=numbers)
    if lock:
        rows = rows.select_for_update(of=("self",))
    return {hire.employee_no: hire for hire in rows.order_by("pk")}


def _placed(
    wanted: dict[Key, tuple[int, RecordRow]],
    hires: dict[str, Hire],
    alike: Mapping[str, set[str]],
    *,
    outcome: RecordsOutcome,
) -> list[tuple[int, Hire, RecordRow]]:
    placed = []
    for line, row in wanted.values():
        hire = hires.get(row.employee_no)
        if (hire is None or row.is_doubtful) and alike.get(row.employee_no):
            outcome.errors.append(RowError(line, "employee_no", str(SPELT_OTHERWISE)))
        elif hire is None:
            message = _("No employee has this number. Record the hire first, or correct the number.")
            outcome.errors.append(RowError(line, "employee_no", message))
        elif row.period < hire.onboarded_on.replace(day=1):
            message = _("This month is before the employee's first day.")
            outcome.errors.append(RowError(line, "period", message))
        else:
            placed.append((line, hire, row))
    return placed


@dataclass(slots=True)
class _Changes:
    """What is to be written, gathered row by row."""

    now: datetime
    source: str
    by: User | None
    new: list[PerformanceRecord] = field(default_factory=list)
    changed: list[PerformanceRecord] = field(default_factory=list)
    corrections: list[RecordCorrection] = field(default_factory=list)
    touched: set[Hire] = field(default_factory=set)

    def take(self, line: int, hire: Hire, row: RecordRow, known: PerformanceRecord | None) -> RowDone:
        """Gather what this row writes, and say what it does.

        Raises:
            FieldImpossible: with what stays of the month, there are more complaints than transactions.
        """
        values = row.values(known.metrics if known else {})
        _check_exposure(known, values)
        if known is None:
            self.new.append(
                PerformanceRecord(
                    hire=hire,
                    period=row.period,
                    recorded_at=self.now,
                    recorded_by=self.by,
                    source=self.source,
                    **values,
                )
            )
            self.touched.add(hire)
            return RowDone(line, row.employee_no, row.period, RowEffect.CREATED)
        differing = {
            name: values[name] for name in COLUMNS if name in values and getattr(known, name) != values[name]
        }
        if not differing:
            return RowDone(line, row.employee_no, row.period, RowEffect.UNCHANGED)
        before = {name: _plain(getattr(known, name)) for name in differing}
        after = {name: _plain(value) for name, value in differing.items()}
        self._correct(known, differing, before=before, after=after)
        self.touched.add(hire)
        return RowDone(line, row.employee_no, row.period, RowEffect.CORRECTED, before, after)

    def _correct(
        self,
        record: PerformanceRecord,
        values: dict[str, Any],
        *,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        self.corrections.append(
            RecordCorrection(
                record=record, at=self.now, actor=self.by, source=self.source, before=before, after=after
            )
        )
        for name, value in values.items():
            setattr(record, name, value)
        record.recorded_at, record.recorded_by, record.source = self.now, self.by, self.source
        self.changed.append(record)

    def write(self) -> None:
        PerformanceRecord.objects.bulk_create(self.new, batch_size=BATCH)
        RecordCorrection.objects.bulk_create(self.corrections, batch_size=BATCH)
        PerformanceRecord.objects.bulk_update(
            self.changed, [*COLUMNS, "recorded_at", "recorded_by", "source"], batch_size=BATCH
        )


def _check_exposure(known: PerformanceRecord | None, values: dict[str, Any]) -> None:
    complaints, transactions = (
        values.get(name, getattr(known, name, None)) for name in ("complaints", "transactions")
    )
    if complaints is not None and (transactions is None or complaints > transactions):
        raise FieldImpossible(
            "transactions",
            _("This month has more complaints than these transactions. Send both together."),
        )


def _plain(value: Any) -> Any:
    """A decimal as its text, so that history keeps it exactly."""
    return str(value) if isinstance(value, Decimal) else value
