"""How records came in: files that people looked at and confirmed, messages of the performance system."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from hrportal.kernel.fields import EncryptedField
from hrportal.kernel.rows import ChangedColumns
from performance.enums import OPEN_UPLOADS, UploadState


class RecordUpload(ChangedColumns):
    """One file of monthly records, kept encrypted until it is taken in or discarded.

    The row is the queue: a worker reads the file, and takes it in once whoever uploaded it confirmed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The highest branch at which whoever uploaded it records performance.
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    file_name = models.CharField(_("file name"), max_length=120)
    # SHA-256 of the file: what was confirmed is what was looked at.
    digest = models.CharField(max_length=64)
    content = EncryptedField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=UploadState, default=UploadState.READING)
    # The language in which whoever uploaded it reads remedies.
    language = models.CharField(max_length=10, default="zh-hans")
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # When a worker took it last, and how far it is.
    worked_at = models.DateTimeField(null=True)
    # How often one took it since it last got further.
    attempts = models.PositiveSmallIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # What the dry run counted, then what happened.
    created = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    # Lines that whoever uploaded it says are right, against what is held.
    accepted = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    # Line, field and remedy of every row that was left out; no value of the file.
    errors = models.JSONField(default=list)
    # JSON for whoever uploaded it: values of wrong cells, what changes, notes, headings; see operations.uploads.
    findings = EncryptedField(null=True)

    class Meta:
        verbose_name = _("upload of records")
        verbose_name_plural = _("uploads of records")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=OPEN_UPLOADS, content__isnull=False, ended_at__isnull=True)
                | (~Q(state__in=OPEN_UPLOADS) & Q(content__isnull=True, ended_at__isnull=False)),
                name="upload_is_kept_while_it_is_open",
            ),
        ]
        indexes = [
            models.Index(fields=["branch", "-uploaded_at", "-id"], name="record_upload_list"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=OPEN_UPLOADS) | Q(findings__isnull=False),
                name="record_upload_to_forget",
            ),
            models.Index(
                fields=["uploaded_at"],
                condition=Q(state__in=("reading", "taking")),
                name="record_upload_to_work_on",
            ),
        ]


class RecordMessage(models.Model):
    """One signed message of records and what it was answered, so that sending it again changes nothing."""

    webhook_id = models.CharField(max_length=128, unique=True)
    # A keyed hash of the body: enough to know it again.
    body_index = models.BinaryField(max_length=32)
    received_at = models.DateTimeField()
    answer = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["received_at"], name="record_message_to_remove")]
