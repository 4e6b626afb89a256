"""Files of records: stored, read by a worker, looked at, and then exactly the same file taken in."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import PurePath
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission
from branches.models import Branch
from branches.operations.headings import remember_headings
from hrportal.kernel.refusals import Refused
from hrportal.kernel.sweeps import Sweep
from hrportal.kernel.task_wakeups import wake
from performance.enums import OPEN_UPLOADS, UploadState
from performance.models import RecordUpload

TASK = "performance.tasks.read_uploads"
# Under which what people say of headings is remembered.
FILE_KIND = "performance_records"
# Long enough to ask a colleague, short enough that no file of persons lies about.
KEPT_FOR = timedelta(hours=24)
LONGEST_NAME = 120
BATCH = 100
EXPIRE = Sweep(
    "expire_uploads",
    label=_("Deleting unconfirmed performance files"),
    task="performance.tasks.expire_uploads",
)
IMPORTED = _("This file was already imported. No duplicates were created.")
# Why an upload that is past a step does not take it.
OVER = {
    UploadState.TAKEN: IMPORTED,
    UploadState.TAKING: IMPORTED,
    UploadState.DISCARDED: _("This file was discarded. Upload it again."),
    UploadState.READING: _("This file is being read. Wait until it is complete."),
    UploadState.EXPIRED: _(
        "This file was not confirmed within 24 hours and has been deleted. Upload it again."
    ),
}
OTHERWISE = _("This file cannot be imported. See the remarks on this page.")
# States in which whoever uploaded it may still give it up.
DISCARDABLE = tuple(state for state in OPEN_UPLOADS if state != UploadState.TAKING)


@transaction.atomic
def store_file(*, name: str, content: bytes, now: datetime, access: Access) -> RecordUpload:
    """Keep a file, encrypted, for a worker to read."""
    upload = RecordUpload(
        branch=_home(access),
        file_name=PurePath(name.replace("\\", "/")).name[-LONGEST_NAME:],
        digest=hashlib.sha256(content).hexdigest(),
        language=get_language() or "zh-hans",
        uploaded_at=now,
        uploaded_by=access.user,
        expires_at=now + KEPT_FOR,
    )
    upload.content = content
    upload.save(force_insert=True)
    wake(TASK)
    return upload


@transaction.atomic
def read_again(*, upload_id: UUID, told: Mapping[str, str], now: datetime, access: Access) -> RecordUpload:
    """Have a file read once more: the portal failed, or a person said what its headings are.

    Args:
        upload_id: the caller's own upload.
        told: column by heading; remembered for later files of this kind.
        now: business time.
        access: whoever uploaded it.

    Raises:
        Refused: it is being worked on, or no longer there.
        RecordUpload.DoesNotExist: somebody else's.
    """
    upload = _lock(upload_id, access)
    _require(upload, UploadState.UNCLEAR, UploadState.WAITING, UploadState.FAILED, now=now)
    remember_headings(file_kind=FILE_KIND, told=told, now=now, by=access.user)
    return _queue(upload, UploadState.READING)


@transaction.atomic
def take_upload(
    *, upload_id: UUID, now: datetime, access: Access, accepted: Collection[int] = ()
) -> RecordUpload:
    """Have the rows of a file taken in that was looked at by the same person.

    Args:
        upload_id: the caller's own upload.
        now: business time.
        access: whoever uploaded it.
        accepted: lines that are right, whoever has the number and whatever a person corrected.

    Raises:
        Refused: it was taken in, discarded or has expired.
        RecordUpload.DoesNotExist: somebody else's.
    """
    upload = _lock(upload_id, access)
    _require(upload, UploadState.WAITING, now=now)
    upload.created = upload.corrected = upload.unchanged = upload.kept = 0
    upload.errors, upload.accepted = [], sorted(accepted)
    return _queue(upload, UploadState.TAKING)


@transaction.atomic
def discard_upload(*, upload_id: UUID, now: datetime, access: Access) -> RecordUpload:
    """Forget a file that was not taken in.

    Raises:
        Refused: it waits no longer.
        RecordUpload.DoesNotExist: somebody else's.
    """
    upload = _lock(upload_id, access)
    if upload.state not in DISCARDABLE:
        raise Refused(OVER.get(UploadState(upload.state), OTHERWISE))
    upload.state, upload.content, upload.findings, upload.ended_at = UploadState.DISCARDED, None, None, now
    upload.save()
    return upload


def expire_uploads(*, now: datetime) -> int:
    """Forget the files that nobody confirmed in time, and the values of those that are over; how many were due."""
    expiring = EXPIRE.round(now=now)
    due = RecordUpload.objects.filter(
        Q(state__in=DISCARDABLE) | ~Q(state__in=OPEN_UPLOADS) & Q(findings__isnull=False), expires_at__lte=now
    )
    with transaction.atomic():
        rows = list(
            expiring.due(due)
            .select_for_update(skip_locked=True, of=("self",))
            .only("pk")
            .order_by("expires_at")[:BATCH]
        )
        expiring.batch(rows, partial(_forget, now=now))
    return len(rows)


def _forget(rows: list[RecordUpload], *, now: datetime) -> list[int]:
    over = RecordUpload.objects.filter(pk__in=[row.pk for row in rows])
    waiting = over.filter(state__in=DISCARDABLE)
    return [
        waiting.update(state=UploadState.EXPIRED, content=None, ended_at=now),
        over.update(findings=None),
    ]


def _queue(upload: RecordUpload, state: UploadState) -> RecordUpload:
    upload.state, upload.worked_at = state, None
    upload.rows_done = upload.attempts = 0
    upload.save()
    wake(TASK)
    return upload


def _lock(upload_id: UUID, access: Access) -> RecordUpload:
    mine = RecordUpload.objects.filter(uploaded_by=access.user)
    return mine.select_for_update(of=("self",)).get(pk=upload_id)


def _require(upload: RecordUpload, *states: UploadState, now: datetime) -> None:
    if upload.state not in states:
        raise Refused(OVER.get(UploadState(upload.state), OTHERWISE))
    if upload.expires_at <= now:
        raise Refused(OVER[UploadState.EXPIRED])


def _home(access: Access) -> Branch:
    """The highest branch at which records are this person's to write."""
    places = [
        grant.branch
        for grant in access.grants
        if access.has_permission_at(Permission.RECORD_PERFORMANCE, branch_id=grant.branch_id)
    ]
    return min(places, key=lambda branch: branch.depth)
