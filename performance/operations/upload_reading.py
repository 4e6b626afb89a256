"""The worker's side of files of records: each is read or taken in chunk by chunk, and a fault is that file's alone."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from branches.access import Access, Permission, access_of
from branches.queries.headings import told_headings
from hrportal.kernel.clocks import business_span
from hrportal.kernel.scopes import scoped
from hrportal.kernel.sweeps import drop_lost_connection, own_fault
from hrportal.kernel.tables import FileRefused, ReadTable, RowError, read_table
from performance.enums import OPEN_UPLOADS, WORKED_ON, RowEffect, UploadState
from performance.models import Hire, RecordUpload
from performance.operations.records import Key, RecordsOutcome
from performance.operations.taking import record_each
from performance.operations.uploads import FILE_KIND
from performance.wire import RECORDS

CHUNK = 2_000
# Nobody needs longer for a whole file; after this another worker goes on with it.
LEASE = timedelta(minutes=30)
# A file that got no further in so many tries, over a quarter of an hour, does not get further by itself.
MOST_ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=30)
# Rows that the page shows one by one; the counts are of all.
MOST_SHOWN = 200
COUNTS = ("created", "corrected", "unchanged", "kept")


def work_on_next(*, now: datetime) -> int:
    """Read or take in the file that waits longest; 0 if none waits.

    Raises:
        OperationalError, InterfaceError: the connection, the server or a limit of time; the file waits for
            its next try.
    """
    upload = _take_next(now=now)
    if upload is None:
        return 0
    if upload.attempts > MOST_ATTEMPTS:
        with override(upload.language):
            message = _("This file could not be processed. Try again later, or contact IT.")
        _keep(upload, UploadState.FAILED, _Found(errors=[RowError(0, "file", message)]), now=now)
        return 1
    try:
        with override(upload.language):
            _work_on(upload, now=now)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is this file's alone
        try:
            reference = own_fault(fault, upload=str(upload.pk))
        except (OperationalError, InterfaceError):
            _put_back(upload, now=now)
            raise
        with override(upload.language):
            message = _(
                "This file could not be processed (%(reference)s). Try again, or give IT the reference."
            )
        error = RowError(0, "file", message % {"reference": reference})
        _keep(upload, UploadState.FAILED, _Found(errors=[error]), now=now)
    return 1


def _put_back(upload: RecordUpload, *, now: datetime) -> None:
    """Let the lease end after a pause that grows with each try, and not only with the lease."""
    drop_lost_connection()
    pause = FIRST_PAUSE * 2 ** (upload.attempts - 1)
    RecordUpload.objects.filter(pk=upload.pk, worked_at=upload.worked_at).update(
        worked_at=now - business_span(LEASE - pause)
    )


@transaction.atomic
def _take_next(*, now: datetime) -> RecordUpload | None:
    upload = (
        RecordUpload.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("uploaded_by")
        .filter(Q(worked_at__isnull=True) | Q(worked_at__lt=now - business_span(LEASE)), state__in=WORKED_ON)
        .order_by("uploaded_at", "pk")
        .first()
    )
    if upload is not None:
        upload.worked_at = now
        upload.attempts += 1
        upload.save(update_fields=["worked_at", "attempts"])
    return upload


class _Found:
    """What reading or taking in found so far."""

    def __init__(self, *, errors: Sequence[RowError] = (), table: ReadTable | None = None) -> None:
        self.errors = [*errors, *(table.errors if table else ())]
        self.table = table
        self.unclear: tuple[str, ...] = ()
        self.corrections: list[dict[str, Any]] = []
        self.new: list[dict[str, Any]] = []
        self.kept: list[dict[str, Any]] = []

    def add(self, outcome: RecordsOutcome) -> None:
        """Gather the errors of a chunk and the first rows that change something."""
        self.errors += outcome.errors
        for done in outcome.done:
            row = {"line": done.line, "employee_no": done.employee_no, "period": f"{done.period:%Y-%m}"}
            if done.effect == RowEffect.CREATED and len(self.new) < MOST_SHOWN:
                self.new.append(row)
            elif done.effect == RowEffect.CORRECTED and len(self.corrections) < MOST_SHOWN:
                self.corrections.append(row | {"before": done.before, "after": done.after})
            if done.kept and len(self.kept) < MOST_SHOWN:
                self.kept.append(row | {"before": done.held, "after": done.kept})

    def findings(self) -> str:
        """What whoever uploaded it sees, as JSON."""
        values = {index: error.value for index, error in enumerate(self.errors) if error.value}
        return json.dumps(
            {
                "values": values,
                "notes": self.table.notes if self.table else [],
                "headings": self.table.headings if self.table else {},
                "unclear": self.unclear,
                "corrections": self.corrections,
                "new": self.new,
                "kept": self.kept,
            },
            ensure_ascii=False,
            default=str,
        )


def _work_on(upload: RecordUpload, *, now: datetime) -> None:
    try:
        access = access_of(upload.uploaded_by, now=now)
        access.require(Permission.RECORD_PERFORMANCE)
    except PermissionDenied:
        error = RowError(0, "file", _("Your roles no longer include these rows."))
        _keep(upload, UploadState.REFUSED, _Found(errors=[error]), now=now)
        return
    # In the scope of whoever uploaded it: the database itself keeps the file to what that person may see.
    with scoped(access.scope):
        _read(upload, access, now=now)


def _read(upload: RecordUpload, access: Access, *, now: datetime) -> None:
    if upload.content is None:
        return
    try:
        table = read_table(upload.content.decrypt_bytes(), RECORDS, told=told_headings(FILE_KIND))
    except FileRefused as refusal:
        found = _Found(errors=[refusal.error])
        found.unclear = refusal.headings
        _keep(upload, UploadState.UNCLEAR if refusal.headings else UploadState.REFUSED, found, now=now)
        return
    is_taking = upload.state == UploadState.TAKING
    if not is_taking:
        upload.rows_done = upload.created = upload.corrected = upload.unchanged = upload.kept = 0
    upload.total = len(table.rows)
    upload.save(update_fields=["total", "rows_done", *COUNTS])
    found, earlier = _Found(table=table), dict[Key, int]()
    for start in range(0, len(table.rows), CHUNK):
        rows = table.rows[start : start + CHUNK]
        # What a worker took in that died since is looked at again for its errors, and written once.
        is_over = start < upload.rows_done
        is_dry = is_over or not is_taking
        with transaction.atomic():
            current = _current(upload)
            if current is None:
                return
            outcome = record_each(
                rows=rows,
                now=now,
                source="file",
                by=access.user,
                among=access.limit(Hire.objects.all(), Permission.RECORD_PERFORMANCE),
                dry_run=is_dry,
                earlier=earlier,
                accepted=upload.accepted if is_taking else (),
            )
            found.add(outcome)
            if not is_over:
                _count(current, outcome, rows_done=start + len(rows))
    _keep(upload, UploadState.TAKEN if is_taking else UploadState.WAITING, found, now=now)


def _current(upload: RecordUpload) -> RecordUpload | None:
    """The row, locked; None if it was given up, or another worker goes on with it."""
    rows = RecordUpload.objects.select_for_update(of=("self",)).defer("content")
    return rows.filter(pk=upload.pk, state=upload.state, worked_at=upload.worked_at).first()


def _count(upload: RecordUpload, outcome: RecordsOutcome, *, rows_done: int) -> None:
    upload.created += outcome.created
    upload.corrected += outcome.corrected
    upload.unchanged += outcome.unchanged
    upload.kept += outcome.kept
    upload.rows_done = rows_done
    if upload.state == UploadState.TAKING:
        # What was read only is read again from its beginning.
        upload.attempts = 0
    upload.save(update_fields=[*COUNTS, "rows_done", "attempts"])


@transaction.atomic
def _keep(upload: RecordUpload, state: UploadState, found: _Found, *, now: datetime) -> None:
    """Write what was found, unless the file was given up meanwhile."""
    current = _current(upload)
    if current is None:
        return
    found.errors.sort(key=lambda error: error.line)
    current.errors = [
        {
            "line": error.line,
            "field": error.field,
            "message": error.message,
            "can_stand": error.can_stand,
        }
        for error in found.errors
    ]
    current.findings = found.findings()
    current.state = state
    fields = ["errors", "findings", "state"]
    if state not in OPEN_UPLOADS:
        current.content, current.ended_at = None, now
        fields += ["content", "ended_at"]
    current.save(update_fields=fields)
