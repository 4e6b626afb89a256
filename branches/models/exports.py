"""Lists that leave the portal as files: asked for with a purpose, approved where they hold encrypted values."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from branches.enums import ExportFormat, ExportState
from branches.models.bank import Branch, User
from hrportal.kernel.fields import EncryptedField
from hrportal.kernel.history import Transition

UNWRITTEN_STATES = (ExportState.QUEUED, ExportState.RUNNING, ExportState.TO_APPROVE)
# States in which the rows are, or were, put into a file.
APPROVED_STATES = (ExportState.QUEUED, ExportState.RUNNING, ExportState.READY, ExportState.EXPIRED)


class Export(models.Model):
    """One file asked for. The row is the queue; the file itself is encrypted in ``ExportFile``."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=20)
    format = models.CharField(_("format"), max_length=4, choices=ExportFormat)
    columns = ArrayField(models.CharField(max_length=40))
    # Encrypted columns in full, which needs a second person; masked otherwise.
    in_full = models.BooleanField(default=False)
    # What the list was narrowed to, as JSON: encrypted, for a name may have been searched for.
    wanted = EncryptedField()
    # The same for the log and for whoever approves: codes and dates, words only as a keyed hash.
    filter = models.JSONField(default=dict)
    purpose = models.CharField(_("purpose"), max_length=200)
    language = models.CharField(max_length=10)
    # The lowest branch under which all that the asker may see lies: whoever reviews there may approve.
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=ExportState)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=500, blank=True)
    total = models.PositiveIntegerField()
    rows_done = models.PositiveIntegerField(default=0)
    # Whoever writes the file renews this; another worker takes over when it is old.
    worked_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    # Rows that the asker took within a day when that was more than usual.
    alarm_rows = models.PositiveIntegerField(null=True)
    alarm_closed_at = models.DateTimeField(null=True)
    alarm_closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    alarm_note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="export_is_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(in_full=False) | ~Q(state__in=APPROVED_STATES) | Q(decided_by__isnull=False),
                name="full_export_is_approved",
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="export_has_purpose"),
            models.CheckConstraint(
                condition=~Q(state=ExportState.READY) | Q(expires_at__isnull=False),
                name="ready_export_expires",
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at", "-id"], name="export_own_list"),
            models.Index(fields=["branch", "state"], name="export_branch_state"),
            models.Index(
                fields=["asked_at"],
                condition=Q(state__in=[ExportState.QUEUED, ExportState.RUNNING]),
                name="export_to_write",
            ),
            models.Index(
                fields=["asked_at"], condition=Q(state__in=UNWRITTEN_STATES), name="export_unwritten"
            ),
            models.Index(
                fields=["expires_at"], condition=Q(state=ExportState.READY), name="export_to_expire"
            ),
            models.Index(
                fields=["ready_at"],
                condition=Q(alarm_rows__isnull=False, alarm_closed_at__isnull=True),
                name="export_open_alarm",
            ),
        ]


class ExportFile(models.Model):
    """The file, encrypted; it is gone as soon as its link has expired."""

    export = models.OneToOneField(Export, models.CASCADE, primary_key=True, related_name="file")
    content = EncryptedField()
    size = models.PositiveIntegerField()


class ExportTransition(Transition):
    """History of an export."""

    subject = models.ForeignKey(Export, models.CASCADE, related_name="transitions")
