"""Files of records: first what they would do, then exactly the same file taken in."""

import hashlib
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Power
from branches.models import Branch
from hrportal.kernel.sweeps import Sweep
from performance.enums import UploadState
from performance.models import Hire, RecordUpload
from performance.operations.records import RecordsOutcome, record_performance
from performance.wire import read_records_file

# Long enough to ask a colleague, short enough that no file of persons lies about.
KEPT_FOR = timedelta(hours=24)
LONGEST_NAME = 120
BATCH = 100
EXPIRE = Sweep(
    "expire_uploads", label=_("Forgetting files of records"), task="performance.tasks.expire_uploads"
)


class UploadOver(Exception):
    """The upload was taken in, discarded or has expired; ``state`` says which."""

    def __init__(self, state: UploadState) -> None:
        super().__init__(state)
        self.state = state


@transaction.atomic
def look_at_file(*, name: str, content: bytes, now: datetime, access: Access) -> RecordUpload:
    """Keep a file, sealed, with what it would do.

    Raises:
        FileRefused: nothing of it can be read.
    """
    outcome = _run(content, now=now, access=access, dry_run=True)
    upload = RecordUpload(
        branch=_home(access),
        file_name=PurePath(name.replace("\\", "/")).name[-LONGEST_NAME:],
        digest=hashlib.sha256(content).hexdigest(),
        uploaded_at=now,
        uploaded_by=access.user,
        expires_at=now + KEPT_FOR,
    )
    upload.content = content
    _count(upload, outcome)
    upload.save(force_insert=True)
    return upload


def preview(*, upload: RecordUpload, now: datetime, access: Access) -> RecordsOutcome:
    """What a waiting file would do at this moment; writes nothing.

    Raises:
        UploadOver: it waits no longer.
    """
    return _run(_content(upload, now=now), now=now, access=access, dry_run=True)


@transaction.atomic
def take_upload(*, upload_id: UUID, now: datetime, access: Access) -> RecordUpload:
    """Take the rows of a file in that was looked at by the same person; the file itself is forgotten.

    Raises:
        UploadOver: it was taken in, discarded or has expired.
        RecordUpload.DoesNotExist: somebody else's.
    """
    upload = _lock(upload_id, access)
    outcome = _run(_content(upload, now=now), now=now, access=access, dry_run=False)
    _count(upload, outcome)
    _end(upload, UploadState.TAKEN, now=now)
    return upload


@transaction.atomic
def discard_upload(*, upload_id: UUID, now: datetime, access: Access) -> RecordUpload:
    """Forget a file that was looked at.

    Raises:
        UploadOver: it waits no longer.
        RecordUpload.DoesNotExist: somebody else's.
    """
    upload = _lock(upload_id, access)
    if upload.state != UploadState.WAITING:
        raise UploadOver(UploadState(upload.state))
    _end(upload, UploadState.DISCARDED, now=now)
    return upload


def expire_uploads(*, now: datetime) -> int:
    """Forget the files that nobody confirmed in time; how many were due."""
    expiring = EXPIRE.round(now=now)
    waiting = RecordUpload.objects.filter(state=UploadState.WAITING, expires_at__lte=now)
    with transaction.atomic():
        rows = list(
            expiring.due(waiting)
            .select_for_update(skip_locked=True, of=("self",))
            .only("pk")
            .order_by("expires_at")[:BATCH]
        )
        expiring.batch(rows, partial(_forget, now=now))
    return len(rows)


def _forget(rows: list[RecordUpload], *, now: datetime) -> list[int]:
    over = RecordUpload.objects.filter(pk__in=[row.pk for row in rows])
    return [over.update(state=UploadState.EXPIRED, content=None, ended_at=now)]


def _run(content: bytes, *, now: datetime, access: Access, dry_run: bool) -> RecordsOutcome:
    return record_performance(
        rows=read_records_file(content),
        now=now,
        source="file",
        by=access.user,
        among=access.limit(Hire.objects.all(), Power.RECORD_PERFORMANCE),
        dry_run=dry_run,
    )


def _lock(upload_id: UUID, access: Access) -> RecordUpload:
    mine = RecordUpload.objects.filter(uploaded_by=access.user)
    return mine.select_for_update(of=("self",)).get(pk=upload_id)


def _content(upload: RecordUpload, *, now: datetime) -> bytes:
    if upload.state != UploadState.WAITING:
        raise UploadOver(UploadState(upload.state))
    if upload.expires_at <= now or upload.content is None:
        raise UploadOver(UploadState.EXPIRED)
    found: bytes = upload.content.open_bytes()
    return found


def _count(upload: RecordUpload, outcome: RecordsOutcome) -> None:
    upload.created, upload.corrected = outcome.created, outcome.corrected
    upload.unchanged = outcome.unchanged
    upload.errors = [
        {"line": error.line, "field": error.field, "message": error.message} for error in outcome.errors
    ]


def _end(upload: RecordUpload, state: UploadState, *, now: datetime) -> None:
    upload.state, upload.content, upload.ended_at = state, None, now
    upload.save()


def _home(access: Access) -> Branch:
    """The highest branch at which records are this person's to write."""
    places = [
        grant.branch
        for grant in access.grants
        if access.covers(Power.RECORD_PERFORMANCE, branch_id=grant.branch_id)
    ]
    return min(places, key=lambda branch: branch.depth)
