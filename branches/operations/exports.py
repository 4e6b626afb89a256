"""Asking for an export, approving it, looking into an alarm, taking the file away again."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from branches.access import Access, log_disclosure, without_words
from branches.enums import ExportState
from branches.exports import Column, Source, columns_for, source_of
from branches.models import Export, ExportFile, User
from branches.models.exports import UNWRITTEN_STATES
from branches.operations.reveals import take_reveals
from branches.queries.exports import count_up_to, is_second_to
from branches.queries.tree import lowest_above
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, NotSecondPerson, Refused
from hrportal.kernel.sweeps import Sweep
from hrportal.kernel.task_wakeups import wake

TASK = "branches.tasks.write_exports"
A_DAY = timedelta(days=1)
BATCH = 100
EXPIRE = Sweep(
    "expire_exports", label=_("Deleting files whose link has expired"), task="branches.tasks.expire_exports"
)
LONGEST_STORED = 200
NO_ROWS = _("No rows match this filter. Go back and widen it.")


@transaction.atomic
def ask_export(
    *,
    access: Access,
    source: Source,
    format: str,  # noqa: A002 - the word of the form and the column
    columns: Sequence[str],
    in_full: bool,
    wanted: Mapping[str, Any],
    purpose: str,
    language: str,
    now: datetime,
) -> Export:
    """Put an export into the line, or before a second person if it holds encrypted columns in full.

    Raises:
        Refused: a column is not for this role, or none was chosen; no row fits, or more than ``EXPORT_MAX_ROWS``.
    """
    chosen = [column for column in columns_for(access, source) if column.code in columns]
    if not chosen or len(chosen) != len(set(columns)):
        raise Refused(_("Your role does not include one of these columns. Choose the columns again."))
    total = count_up_to(source.rows(access, wanted), settings.EXPORT_MAX_ROWS + 1)
    if not total:
        raise Refused(NO_ROWS)
    if total > settings.EXPORT_MAX_ROWS:
        raise Refused(
            _("A file holds at most %(most)d rows. Go back and narrow the filter.")
            % {"most": settings.EXPORT_MAX_ROWS}
        )
    in_full = in_full and any(column.is_encrypted for column in chosen)
    export = Export(
        source=source.name,
        format=format,
        columns=[column.code for column in chosen],
        in_full=in_full,
        filter=without_words(wanted, *source.words),
        purpose=purpose,
        language=language,
        branch=lowest_above(access, *source.permissions),
        state=ExportState.TO_APPROVE if in_full else ExportState.QUEUED,
        asked_at=now,
        asked_by=access.user,
        total=total,
    )
    export.wanted = json.dumps({name: str(value) for name, value in wanted.items() if value})
    export.save(force_insert=True)
    _note(export, "export_ask", now=now, by=access.user, was="", rows=total)
    if not in_full:
        wake(TASK)
    return export


@transaction.atomic
def approve_export(*, export_id: UUID, note: str, now: datetime, by: User) -> Export:
    """Let a second person's word put the export into the line.

    Raises:
        Conflict: it does not wait any more.
        NotSecondPerson: whoever asked does not approve.
    """
    export = _waiting(export_id, by, now=now)
    _decide(export, ExportState.QUEUED, "export_approve", note=note, now=now, by=by)
    wake(TASK)
    return export


@transaction.atomic
def refuse_export(*, export_id: UUID, note: str, now: datetime, by: User) -> Export:
    """Say no, and why.

    Raises:
        Conflict: it does not wait any more.
        NotSecondPerson: whoever asked does not decide.
    """
    export = _waiting(export_id, by, now=now)
    _decide(export, ExportState.REFUSED, "export_refuse", note=note, now=now, by=by)
    return export


@transaction.atomic
def close_alarm(*, export_id: UUID, note: str, now: datetime, by: User) -> None:
    """Head office has looked into an unusual volume; the note says what came of it.

    Raises:
        Conflict: another colleague has closed it.
        NotSecondPerson: whoever caused the alarm does not close it.
    """
    export = Export.objects.select_for_update(of=("self",)).select_related("branch").get(pk=export_id)
    if export.alarm_rows is None or export.alarm_closed_at:
        raise Conflict
    _require_second(export, by, now=now)
    export.alarm_closed_at, export.alarm_closed_by, export.alarm_note = now, by, note
    export.save(update_fields=["alarm_closed_at", "alarm_closed_by", "alarm_note"])
    _note(export, "export_alarm_close", now=now, by=by, reason=note)


@transaction.atomic
def note_download(*, export: Export, now: datetime, by: User) -> None:
    """Write down that the file was taken; it may be taken again until it expires.

    What it holds in full goes through the same meter as every encrypted value; a second person has approved it.
    """
    if export.in_full:
        encrypted = [column for column in source_columns(export) if column.is_encrypted]
        take_reveals(
            user=by,
            action="reveal_export",
            subject=f"export:{export.pk}",
            branch=export.branch,
            about=None,
            purpose=export.purpose,
            values=export.rows_done * len(encrypted),
            is_approved=True,
            now=now,
        )
    _note(export, "export_download", now=now, by=by, rows=export.rows_done)


@transaction.atomic
def finish_export(*, export: Export, content: bytes, rows: int, now: datetime) -> bool:
    """Store the file, encrypted, and open its link for ``EXPORT_KEPT_HOURS``; False if the work was lost.

    More than ``EXPORT_ALARM_ROWS`` rows for one person within a day, and head office is told.
    """
    expires_at = now + timedelta(hours=settings.EXPORT_KEPT_HOURS)
    mine = still_taken(export)
    if mine is None:
        return False
    mine.rows_done, mine.ready_at, mine.expires_at = rows, now, expires_at
    columns = ["rows_done", "ready_at", "expires_at"]
    history.move(mine, to=ExportState.READY, action="export", now=now, by=export.asked_by, columns=columns)
    _log(mine, "export", now=now, by=export.asked_by, rows=rows)
    stored = ExportFile(export=mine, size=len(content))
    stored.content = content
    stored.save(force_insert=True)
    _alarm_if_unusual(mine, now=now)
    return True


@transaction.atomic
def fail_export(*, export: Export, now: datetime) -> None:
    """End an export whose asker may not see the rows any more."""
    if mine := still_taken(export):
        history.move(mine, to=ExportState.FAILED, action="export_fail", now=now, columns=())
        _log(mine, "export_fail", now=now, by=None)


def still_taken(export: Export) -> Export | None:
    """The row, locked, while whoever took it is still to write it; None if another worker took it over."""
    rows = Export.objects.select_for_update(of=("self",)).select_related("branch", "asked_by")
    return rows.filter(pk=export.pk, state=ExportState.RUNNING, worked_at=export.worked_at).first()


@transaction.atomic
def expire_exports(*, now: datetime) -> int:
    """Delete the files whose link has expired, and give up what nobody could write; how many were due."""
    expiring = EXPIRE.round(now=now)
    long_ago = now - timedelta(hours=settings.EXPORT_KEPT_HOURS) * 3
    ready = Export.objects.filter(state=ExportState.READY, expires_at__lte=now).order_by("expires_at")
    stuck = Export.objects.filter(state__in=UNWRITTEN_STATES, asked_at__lte=long_ago).order_by("asked_at")
    due = [
        row
        for rows in (ready, stuck)
        for row in expiring.due(rows).select_for_update(skip_locked=True, of=("self",))[:BATCH]
    ]
    for export in due:
        with expiring.row(export.pk):
            _expire(export, now=now)
    return len(due)


def _expire(export: Export, *, now: datetime) -> None:
    if export.state == ExportState.READY:
        ExportFile.objects.filter(export=export).delete()
        history.move(export, to=ExportState.EXPIRED, action="export_expire", now=now, columns=())
    else:
        history.move(export, to=ExportState.FAILED, action="export_fail", now=now, columns=())


def _waiting(export_id: UUID, by: User, *, now: datetime) -> Export:
    export = Export.objects.select_for_update(of=("self",)).select_related("branch").get(pk=export_id)
    if export.state != ExportState.TO_APPROVE:
        raise Conflict
    _require_second(export, by, now=now)
    return export


def _require_second(export: Export, by: User, *, now: datetime) -> None:
    if not is_second_to(export, by, now=now):
        raise NotSecondPerson


def _decide(export: Export, to: ExportState, action: str, *, note: str, now: datetime, by: User) -> None:
    export.decided_at, export.decided_by, export.decision = now, by, note
    columns = ["decided_at", "decided_by", "decision"]
    history.move(export, to=to, action=action, now=now, by=by, reason=note, columns=columns)
    _log(export, action, now=now, by=by, reason=note)


def _alarm_if_unusual(export: Export, *, now: datetime) -> None:
    taken = Export.objects.filter(asked_by_id=export.asked_by_id, ready_at__gt=now - A_DAY).aggregate(
        rows=Sum("rows_done")
    )["rows"]
    if taken <= settings.EXPORT_ALARM_ROWS:
        return
    export.alarm_rows = taken
    export.save(update_fields=["alarm_rows"])
    _note(export, "export_alarm", now=now, by=export.asked_by, rows=taken)


def _note(
    export: Export,
    action: str,
    *,
    now: datetime,
    by: User | None,
    was: str | None = None,
    rows: int | None = None,
    reason: str = "",
) -> None:
    """The same in the export's history and in the access log."""
    history.record(export, action=action, now=now, by=by, was=was, reason=reason)
    _log(export, action, now=now, by=by, rows=rows, reason=reason)


def _log(
    export: Export,
    action: str,
    *,
    now: datetime,
    by: User | None,
    rows: int | None = None,
    reason: str = "",
) -> None:
    log_disclosure(
        user=by,
        action=action,
        subject=f"export:{export.pk}",
        branch=export.branch,
        purpose=reason[:LONGEST_STORED] or export.purpose,
        rows=export.total if rows is None else rows,
        wanted={"list": export.source, "columns": ",".join(export.columns)}
        | ({"in_full": "yes"} if export.in_full else {})
        | export.filter,
        now=now,
    )


def source_columns(export: Export) -> list[Column]:
    """The columns that the file has."""
    return [column for column in source_of(export.source).columns if column.code in export.columns]
