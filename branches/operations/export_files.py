"""Writing the files of exports: the row is the queue, the file never lies anywhere in plain."""

import json
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from branches.access import Access, access_of
from branches.enums import ExportState
from branches.exports import Column, Source, columns_for, source_of, still_reaches
from branches.models import Export, User
from branches.operations.exports import TASK, fail_export, finish_export, still_taken
from hrportal.kernel import history
from hrportal.kernel.clocks import business_span
from hrportal.kernel.scopes import scoped
from hrportal.kernel.sweeps import Round, Sweep, drop_lost_connection
from hrportal.kernel.tables.writing import Cell, start_table

CHUNK = 500
WRITE = Sweep("write_exports", label=gettext_lazy("Writing export files"), task=TASK)
# Nobody needs longer for EXPORT_MAX_ROWS rows; after this another worker starts afresh.
LEASE = timedelta(minutes=30)


def write_waiting(*, now: datetime) -> bool:
    """Write the file of the oldest waiting export; False if none waits."""
    writing = WRITE.round(now=now)
    export = take_export(writing=writing)
    if export is None:
        return False
    try:
        with writing.row(export.pk, atomic=False):
            _write_file(export, now=now)
            return True
    except (OperationalError, InterfaceError):
        drop_lost_connection()
        put_back(export=export, now=now)
        raise
    put_back(export=export, now=now)
    return True


@transaction.atomic
def put_back(*, export: Export, now: datetime) -> None:
    """It failed and was set aside, or the server did: it waits in the line again for its next attempt."""
    if mine := still_taken(export):
        history.move(mine, to=ExportState.QUEUED, action="export_put_back", now=now, columns=())


def _write_file(export: Export, *, now: datetime) -> None:
    source = source_of(export.source)
    access = _access_of(export.asked_by, now)
    columns = [
        column for column in (columns_for(access, source) if access else ()) if column.code in export.columns
    ]
    if (
        access is None
        or len(columns) != len(export.columns)
        or not still_reaches(access, source, export.branch)
    ):
        fail_export(export=export, now=now)
        return
    # In the scope of who asked: the database itself keeps the file to what that person may see.
    with override(export.language), scoped(access.scope):
        content, rows = _write(export, source, access, columns)
    finish_export(export=export, content=content, rows=rows, now=now)


@transaction.atomic
def take_export(*, writing: Round) -> Export | None:
    """Take the oldest that waits, or whose worker died; two workers never take the same."""
    now = writing.now
    waits = Q(state=ExportState.QUEUED) | Q(
        state=ExportState.RUNNING, worked_at__lt=now - business_span(LEASE)
    )
    in_line = Export.objects.filter(waits, state__in=[ExportState.QUEUED, ExportState.RUNNING])
    export = (
        writing.due(in_line)
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("asked_by", "branch")
        .order_by("asked_at", "pk")
        .first()
    )
    if export is None:
        return None
    export.worked_at, export.rows_done = now, 0
    columns = ["worked_at", "rows_done"]
    history.move(export, to=ExportState.RUNNING, action="export_take", now=now, columns=columns)
    return export


def _access_of(user: User, now: datetime) -> Access | None:
    """What the asker may see by now; None for an account that was closed meanwhile."""
    try:
        return access_of(user, now=now)
    except PermissionDenied:
        return None


def _write(export: Export, source: Source, access: Access, columns: list[Column]) -> tuple[bytes, int]:
    table = start_table(
        export.format, watermark=_watermark(export), header=[str(column.label) for column in columns]
    )
    rows = source.rows(access, json.loads(export.wanted.decrypt())).order_by("pk")
    codes = [column.code for column in columns]
    done, last = 0, None
    while done < settings.EXPORT_MAX_ROWS:
        found = list(
            (rows.filter(pk__gt=last) if last else rows)[: min(CHUNK, settings.EXPORT_MAX_ROWS - done)]
        )
        for cells in source.lines(access, found, codes, in_full=export.in_full):
            table.add(cells)
        done += len(found)
        # Seen on the page that waits; the file itself does not exist before it is whole.
        Export.objects.filter(pk=export.pk, worked_at=export.worked_at).update(rows_done=done)
        if len(found) < CHUNK:
            break
        last = found[-1].pk
    return table.content(), done


def _watermark(export: Export) -> list[Cell]:
    moment = timezone.localtime(export.worked_at)
    user = export.asked_by
    return [
        _("Confidential"),
        _("Exported by %(name)s (%(username)s)") % {"name": str(user), "username": user.username},
        moment,
        _("Purpose: %(purpose)s") % {"purpose": export.purpose},
        _("Export %(id)s") % {"id": export.pk},
    ]
