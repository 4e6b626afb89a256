"""Monthly performance: rows in, errors out, the rest is kept; corrections leave what was there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import User
from performance.models import Hire, PerformanceRecord, RecordCorrection
from performance.operations.analyses import want_analyses
from performance.wire import FieldImpossible, RecordRow, Row, RowError, parse_record

Key = tuple[str, date]
COLUMNS = ("score", "complaints", "transactions", "project_completion", "target_attainment", "metrics")
BATCH = 1_000


@dataclass(slots=True)
class RecordsOutcome:
    """How many rows did what, and what was wrong with the others, in the order of the rows."""

    created: int = 0
    corrected: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)


@transaction.atomic
def record_performance(
    *,
    rows: Iterable[Row],
    now: datetime,
    source: str,
    by: User | None = None,
    among: QuerySet[Hire] | None = None,
    dry_run: bool = False,
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
    """
    outcome = RecordsOutcome()
    wanted = _parsed(rows, now=now, outcome=outcome)
    hires = _hires({number for number, _period in wanted}, among, lock=not dry_run)
    placed = _placed(wanted, hires, outcome=outcome)
    known = {
        (record.hire_id, record.period): record
        for record in PerformanceRecord.objects.filter(hire__in={hire.pk for hire, _row in placed})
    }
    changes = _Changes(now=now, source=source, by=by)
    for hire, row in placed:
        changes.take(hire, row, known.get((hire.pk, row.period)), outcome=outcome)
    outcome.errors.sort(key=lambda error: error.line)
    if not dry_run:
        changes.write()
        for season in {hire.season for hire in changes.touched}:
            want_analyses(season=season, now=now)
    return outcome


def _parsed(
    rows: Iterable[Row], *, now: datetime, outcome: RecordsOutcome
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
        if key in found:
            message = _("This employee has this month in line %(line)s already. Keep one of them.") % {
                "line": found[key][0]
            }
            outcome.errors.append(RowError(row.line, "period", message))
            continue
        found[key] = row.line, record
    return found


def _hires(numbers: set[str], among: QuerySet[Hire] | None, *, lock: bool) -> dict[str, Hire]:
    """The hires by number; locked in one order, so that two uploads of the same months take turns."""
    rows = (Hire.objects.all() if among is None else among).filter(employee_no__in=numbers)
    if lock:
        rows = rows.select_for_update(of=("self",))
    return {hire.employee_no: hire for hire in rows.order_by("pk")}


def _placed(
    wanted: dict[Key, tuple[int, RecordRow]], hires: dict[str, Hire], *, outcome: RecordsOutcome
) -> list[tuple[Hire, RecordRow]]:
    placed = []
    for line, row in wanted.values():
        hire = hires.get(row.employee_no)
        if hire is None:
            message = _("No employee has this number. Record the hire first, or correct the number.")
            outcome.errors.append(RowError(line, "employee_no", message))
        elif row.period < hire.onboarded_on.replace(day=1):
            message = _("This month is before the employee's first day.")
            outcome.errors.append(RowError(line, "period", message))
        else:
            placed.append((hire, row))
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

    def take(
        self, hire: Hire, row: RecordRow, known: PerformanceRecord | None, *, outcome: RecordsOutcome
    ) -> None:
        values = row.values()
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
            outcome.created += 1
        elif differing := [name for name in COLUMNS if getattr(known, name) != values[name]]:
            self._correct(known, {name: values[name] for name in differing})
            outcome.corrected += 1
        else:
            outcome.unchanged += 1
            return
        self.touched.add(hire)

    def _correct(self, record: PerformanceRecord, values: dict[str, Any]) -> None:
        self.corrections.append(
            RecordCorrection(
                record=record,
                at=self.now,
                actor=self.by,
                source=self.source,
                before={name: _plain(getattr(record, name)) for name in values},
                after={name: _plain(value) for name, value in values.items()},
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


def _plain(value: Any) -> Any:
    """A decimal as its text, so that history keeps it exactly."""
    return str(value) if isinstance(value, Decimal) else value
