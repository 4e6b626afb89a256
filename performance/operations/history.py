"""Seasons before this portal: interviews, hires and monthly records from three files."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from branches.models import Branch, Position
from hrportal.kernel.tables import Layout, ReadTable, RowError, read_table, table_file
from performance.models import Hire, HistoricInterview
from performance.operations.analyses import want_analyses
from performance.operations.hire_matching import HireMatches, Origin
from performance.operations.records import RecordsOutcome
from performance.operations.taking import failed_row, record_each, write_each
from performance.wire import HIRES as HIRE_LAYOUT
from performance.wire import RECORDS as RECORD_LAYOUT
from performance.wire import FieldImpossible, HireRow, parse_hire, read_lines
from recruitment.models import Application
from recruitment.wire import Signal, SignalRefused, parse_signal

INTERVIEWS, HIRES, RECORDS = "history-interviews.ndjson", "history-hires", "history-performance"
# A finished season of the whole bank; nobody sits before the page and says what a heading means.
SEASON: dict[str, Any] = {"most_rows": 1_000_000, "leaves_unknown": True, "may_be_empty": True}
TABLES = {HIRES: replace(HIRE_LAYOUT, **SEASON), RECORDS: replace(RECORD_LAYOUT, **SEASON)}
BATCH = 1_000
UPDATED = (
    *("season", "branch", "position", "event_at", "revision", "verdict", "score", "dimensions"),
    *("model_version", "completed_at", "gender", "education", "graduation_year", "experience_tags"),
)


@dataclass(slots=True)
class HistoryImported:
    """What the files brought: new rows, rows known before, and every wrong row."""

    interviews: int = 0
    interviews_known: int = 0
    hires: int = 0
    hires_known: int = 0
    records: RecordsOutcome = field(default_factory=RecordsOutcome)
    errors: list[RowError] = field(default_factory=list)
    # Lines and columns of the files that were left out on purpose.
    notes: list[str] = field(default_factory=list)
    seasons: set[str] = field(default_factory=set)


@transaction.atomic
def import_history(*, folder: Path, now: datetime) -> HistoryImported:
    """Read the three files; repeating it changes nothing.

    A wrong row is named and the rest goes in. An application that this portal knows keeps its own
    result; its line only serves its hire. Of several lines of one application the newest counts.

    Raises:
        FileNotFoundError: a file is missing.
        FileRefused: a file cannot be read at all; nothing was written.
    """
    imported = HistoryImported()
    _take_interviews((folder / INTERVIEWS).read_bytes(), imported)
    hires, months = (_table(folder, name, layout, imported) for name, layout in TABLES.items())
    _take_hires(hires, imported, now=now)
    imported.records = record_each(rows=months.rows, now=now, source="history")
    imported.errors += [replace(error, file=months.file) for error in imported.records.errors]
    for season in imported.seasons:
        want_analyses(season=season, now=now)
    return imported


def _take_interviews(raw: bytes, imported: HistoryImported) -> None:
    branches = {branch.code: branch for branch in Branch.objects.all()}
    positions = {position.code: position for position in Position.objects.all()}
    newest: dict[str, tuple[int, HistoricInterview]] = {}
    for line, signal in _signals(raw, imported):
        wanted = signal.data.application
        if wanted.branch_code not in branches:
            message = _("No branch has this code. Load the bank data first, or correct the code.")
            imported.errors.append(RowError(line, "branch_code", message, INTERVIEWS))
        elif wanted.position_code not in positions:
            message = _("No position has this code. Load the bank data first, or correct the code.")
            imported.errors.append(RowError(line, "position_code", message, INTERVIEWS))
        else:
            row = _interview(signal, branches[wanted.branch_code], positions[wanted.position_code])
            known = newest.get(row.application_ref)
            if known is None or _age(row) > _age(known[1]):
                newest[row.application_ref] = line, row
    _keep_interviews(newest, imported)


def _signals(raw: bytes, imported: HistoryImported) -> Iterator[tuple[int, Signal]]:
    for line, body in read_lines(raw):
        try:
            signal = parse_signal(body)
        except SignalRefused as refused:
            faults = refused.errors or ({"field": "line", "message": refused.detail},)
            imported.errors += [
                RowError(line, fault["field"], fault["message"], INTERVIEWS) for fault in faults
            ]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this line's alone
            imported.errors.append(failed_row(line, error, file=INTERVIEWS))
        else:
            yield line, signal


def _interview(signal: Signal, branch: Branch, position: Position) -> HistoricInterview:
    """Only what the analysis needs; who it was is left behind."""
    data = signal.data
    candidate, result = data.candidate, data.result
    return HistoricInterview(
        application_ref=data.application.application_ref,
        season=data.season,
        branch=branch,
        position=position,
        event_at=signal.timestamp,
        revision=data.revision,
        verdict=result.verdict,
        score=round(result.score, 2),
        dimensions=result.dimensions,
        model_version=result.model_version,
        completed_at=result.completed_at,
        gender=candidate.gender or "",
        education=candidate.education,
        graduation_year=candidate.graduation_year,
        experience_tags=list(candidate.experience_tags),
    )


def _keep_interviews(newest: dict[str, tuple[int, HistoricInterview]], imported: HistoryImported) -> None:
    ours = set(Application.objects.filter(ref__in=newest).values_list("ref", flat=True))
    known = {row.application_ref: row for row in HistoricInterview.objects.filter(application_ref__in=newest)}
    changed: list[tuple[int, HistoricInterview]] = []
    new: list[tuple[int, HistoricInterview]] = []
    for ref, (line, row) in newest.items():
        if ref in ours:
            continue
        if ref not in known:
            new.append((line, row))
        elif _age(row) > _age(known[ref]):
            row.pk = known[ref].pk
            changed.append((line, row))
    interviews = HistoricInterview.objects
    created, refused = write_each(new, partial(interviews.bulk_create, batch_size=BATCH), file=INTERVIEWS)
    updated, failed = write_each(
        changed, partial(interviews.bulk_update, fields=UPDATED, batch_size=BATCH), file=INTERVIEWS
    )
    imported.errors += refused + failed
    imported.interviews, imported.interviews_known = len(created), len(newest) - len(new)
    imported.seasons |= {row.season for row in (*created, *updated)}


def _table(folder: Path, name: str, layout: Layout, imported: HistoryImported) -> ReadTable:
    path = table_file(folder, name)
    table = read_table(path.read_bytes(), layout, file=path.name)
    imported.errors += table.errors
    imported.notes += [f"{path.name}: {note}" for note in table.notes]
    return table


def _take_hires(table: ReadTable, imported: HistoryImported, *, now: datetime) -> None:
    wanted: dict[int, HireRow] = {}
    for row in table.rows:
        try:
            wanted[row.line] = parse_hire(row)
        except FieldImpossible as fault:
            imported.errors.append(fault.at(row.line, file=table.file))
    refs = {wish.application_ref for wish in wanted.values()}
    origins: dict[str, Origin] = {
        row.application_ref: row for row in HistoricInterview.objects.filter(application_ref__in=refs)
    }
    origins |= {
        row.ref: row for row in Application.objects.filter(ref__in=refs).select_related("result", "person")
    }
    places = HireMatches.load(wanted.values(), origins)
    new: list[tuple[int, Hire]] = []
    for line, wish in wanted.items():
        try:
            hire = places.place(wish, now=now)
        except FieldImpossible as fault:
            imported.errors.append(fault.at(line, file=table.file))
            continue
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is this row's alone
            imported.errors.append(failed_row(line, fault, file=table.file))
            continue
        if hire is None:
            imported.hires_known += 1
        else:
            new.append((line, hire))
    created, refused = write_each(new, partial(Hire.objects.bulk_create, batch_size=BATCH), file=table.file)
    imported.errors += refused
    imported.hires = len(created)
    imported.seasons |= {hire.season for hire in created}


def _age(row: HistoricInterview) -> tuple[datetime, int]:
    """What makes one revision newer than another: event time, then number."""
    return row.event_at, row.revision
