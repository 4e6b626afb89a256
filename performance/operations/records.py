"""Monthly performance: rows in, errors out, the rest is kept; corrections leave what was there."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
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
from performance.operations.differences import Sent, note_differences, settle_differences
from performance.operations.facts import (
    COLUMNS,
    check_exposure,
    corrected_of,
    differing,
    facts_of,
    plain,
    put_in,
    value_of,
)
from performance.operations.holders import check_name, check_reference
from performance.queries.employees import SPELT_OTHERWISE, numbers_alike, reference_of
from performance.wire import FieldImpossible, RecordRow, parse_record

Key = tuple[str, date]
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class RowDone:
    """What one row did, or would do; ``before`` and ``after`` have the columns that it corrects."""

    line: int
    employee_no: str
    period: date
    effect: RowEffect
    # Everything that it says otherwise than it was.
    sent: Sent
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    # What it says otherwise than a person corrected it: facts to what is held and to what was sent.
    held: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)


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

    @property
    def kept(self) -> int:
        """In how many months something stays as a person corrected it."""
        return sum(bool(row.kept) for row in self.done)

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
    accepted: Collection[int] = (),
) -> RecordsOutcome:
    """Take monthly records in, by employee and period; the same again changes nothing.

    A row that is wrong (unknown employee, impossible value, future period, a month before the first
    day, the same month twice, a name that is not the employee's) becomes an error, and the rest goes in.
    What a person corrected stays; that it was sent otherwise is noted for a person.

    Args:
        rows: as sent, see ``performance.wire.parse_record``.
        now: business time.
        source: the entry point they came through: api, file, history.
        by: who sent them, if a person did.
        among: the employees that the sender may write about; others are unknown. None: all.
        dry_run: say what would happen, and write nothing.
        earlier: the lines of months in rows of the same file before these; grows by those of these rows.
        accepted: lines that ``by`` says are right, against the name and the corrections that are held.
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
        record = known.get((hire.pk, row.period))
        try:
            if line not in accepted:
                _check_holder(row, hire)
            outcome.done.append(changes.take(line, hire, row, record, insists=line in accepted))
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
            message = _("Line %(line)s already has this month for this employee. Keep only one of them.") % {
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
    rows = rows.select_related("application__person", "historic")
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


def _check_holder(row: RecordRow, hire: Hire) -> None:
    check_name(sent=row.name, held=hire.application.person.name if hire.application else "")
    check_reference(sent=row.application_ref, held=reference_of(hire))


@dataclass(slots=True)
class _Changes:
    """What is to be written, gathered row by row."""

    now: datetime
    source: str
    by: User | None
    new: list[PerformanceRecord] = field(default_factory=list)
    changed: list[PerformanceRecord] = field(default_factory=list)
    corrections: list[RecordCorrection] = field(default_factory=list)
    noted: list[Sent] = field(default_factory=list)
    touched: set[Hire] = field(default_factory=set)

    def take(
        self, line: int, hire: Hire, row: RecordRow, known: PerformanceRecord | None, *, insists: bool
    ) -> RowDone:
        """Gather what this row writes, and say what it does.

        Raises:
            FieldImpossible: with what stays of the month, there are more complaints than transactions.
        """
        values = row.values(known.metrics if known else {})
        if known is None:
            return self._create(line, hire, row, values)
        said = differing(known, values)
        kept = {} if insists else {name: plain(value) for name, value in corrected_of(known, said).items()}
        held = {name: value_of(known, name) for name in kept}
        changes = {name: value for name, value in said.items() if name not in kept}
        done = partial(
            RowDone, line, row.employee_no, row.period, held=held, kept=kept, sent=_sent(hire, row, said)
        )
        before, after = put_in(known, changes)
        if kept:
            self.noted.append(_sent(hire, row, kept))
        if not changes:
            return done(effect=RowEffect.KEPT if kept else RowEffect.UNCHANGED)
        self._correct(known, changes, before=before, after=after)
        self.touched.add(hire)
        return done(effect=RowEffect.CORRECTED, before=before, after=after)

    def _create(self, line: int, hire: Hire, row: RecordRow, values: dict[str, Any]) -> RowDone:
        check_exposure(values)
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
        sent = _sent(hire, row, facts_of(values))
        return RowDone(line, row.employee_no, row.period, RowEffect.CREATED, sent=sent)

    def _correct(
        self,
        record: PerformanceRecord,
        changes: Mapping[str, Any],
        *,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        self.corrections.append(
            RecordCorrection(
                record=record, at=self.now, by=self.by, source=self.source, before=before, after=after
            )
        )
        if self.by is not None:
            record.corrected = sorted({*record.corrected, *changes})
        record.recorded_at, record.recorded_by, record.source = self.now, self.by, self.source
        self.changed.append(record)

    def write(self) -> None:
        PerformanceRecord.objects.bulk_create(self.new, batch_size=BATCH)
        RecordCorrection.objects.bulk_create(self.corrections, batch_size=BATCH)
        PerformanceRecord.objects.bulk_update(
            self.changed, [*COLUMNS, "corrected", "recorded_at", "recorded_by", "source"], batch_size=BATCH
        )
        settle_differences(records=[*self.new, *self.changed], now=self.now, by=self.by)
        note_differences(sent=self.noted, source=self.source, now=self.now)


def _sent(hire: Hire, row: RecordRow, facts: Mapping[str, Any]) -> Sent:
    return Sent(hire.pk, row.period, {name: plain(value) for name, value in facts.items()})
