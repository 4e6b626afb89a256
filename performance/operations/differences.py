"""What was sent of a month otherwise than a person may leave it unseen: noted, then decided by a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from branches.models import User
from hrportal.kernel.refusals import Conflict
from performance.models import Hire, PerformanceRecord, RecordCorrection, RecordDifference
from performance.operations.analyses import want_analyses
from performance.operations.facts import put_in, value_of
from recruitment.enums import DifferenceState

Month = tuple[int, date]


@dataclass(frozen=True, slots=True)
class Sent:
    """Facts of one month, plain, that are not to be taken in without a person."""

    hire_id: int
    period: date
    facts: Mapping[str, Any]


def note_differences(*, sent: Sequence[Sent], source: str, now: datetime) -> None:
    """Put the newest values before a person, unless the newest that was asked said the same."""
    if not sent:
        return
    hires = {one.hire_id for one in sent}
    # Whoever notes a difference of an employee waits here for whoever else does.
    list(Hire.objects.select_for_update(of=("self",)).filter(pk__in=hires).order_by("pk").only("pk"))
    newest = _newest(hires)
    for one in sent:
        row = newest.get((one.hire_id, one.period))
        asked = row.sent if row is not None else {}
        fresh = {
            fact: value for fact, value in one.facts.items() if fact not in asked or asked[fact] != value
        }
        if not fresh:
            continue
        if row is None or row.state != DifferenceState.OPEN:
            row, asked = RecordDifference(hire_id=one.hire_id, period=one.period), {}
        row.sent, row.sent_at, row.source = asked | fresh, now, source
        row.save()
        newest[one.hire_id, one.period] = row


def settle_differences(*, records: Sequence[PerformanceRecord], now: datetime, by: User | None) -> None:
    """Close what is open of these months where they say by now what was sent."""
    months = {(record.hire_id, record.period): record for record in records}
    rows = RecordDifference.objects.filter(state=DifferenceState.OPEN, hire__in={key for key, _ in months})
    for row in rows:
        record = months.get((row.hire_id, row.period))
        if record is None:
            continue
        left = {fact: value for fact, value in row.sent.items() if value_of(record, fact) != value}
        if not left:
            _close(row, DifferenceState.TAKEN, now=now, by=by)
        elif left != row.sent:
            row.sent = left
            row.save(update_fields=["sent"])


@transaction.atomic
def decide_record_difference(
    *, difference_id: int, take: bool, seen: str, now: datetime, by: User
) -> RecordDifference:
    """Keep the month as it is, or let what was sent hold; either way no machine changes it again.

    Args:
        difference_id: which.
        take: what was sent holds.
        seen: the stamp of the values that the person saw; others may have come since.
        now: business time.
        by: who decides.

    Raises:
        Conflict: it is decided already, or other values came.
        FieldImpossible: with what stays of the month, there would be more complaints than transactions.
    """
    hire_id = RecordDifference.objects.only("hire_id").get(pk=difference_id).hire_id
    hire = Hire.objects.select_for_update(of=("self",)).get(pk=hire_id)
    row = RecordDifference.objects.get(pk=difference_id)
    if row.state != DifferenceState.OPEN or seen != row.sent_at.isoformat():
        raise Conflict
    record = PerformanceRecord.objects.filter(hire=hire, period=row.period).first()
    if take:
        record = _take(record or PerformanceRecord(hire=hire, period=row.period), row.sent, now=now, by=by)
        want_analyses(season=hire.season, now=now)
    if record is not None:
        record.corrected = sorted({*record.corrected, *row.sent})
        record.save(update_fields=["corrected"])
    return _close(row, DifferenceState.TAKEN if take else DifferenceState.KEPT, now=now, by=by)


def _take(
    record: PerformanceRecord, sent: Mapping[str, Any], *, now: datetime, by: User
) -> PerformanceRecord:
    is_new = record.pk is None
    before, after = put_in(record, sent)
    record.recorded_at, record.recorded_by, record.source = now, by, "page"
    record.save()
    if not is_new:
        RecordCorrection.objects.create(
            record=record, at=now, by=by, source="page", before=before, after=after
        )
    return record


def _newest(hires: set[int]) -> dict[Month, RecordDifference]:
    rows = RecordDifference.objects.filter(hire__in=hires).order_by("sent_at", "pk")
    return {(row.hire_id, row.period): row for row in rows}


def _close(
    row: RecordDifference, state: DifferenceState, *, now: datetime, by: User | None
) -> RecordDifference:
    row.state, row.decided_at, row.decided_by = state, now, by
    row.save(update_fields=["state", "decided_at", "decided_by"])
    return row
