"""What candidates answered."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications.models import Notice
from recruitment.enums import Attitude, ReplyKind
from recruitment.models.applications import Application


class Reply(models.Model):
    """One answer to a notice; kept as it was given."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    application = models.ForeignKey(Application, models.PROTECT, related_name="replies")
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="replies")
    kind = models.CharField(max_length=10, choices=ReplyKind)
    text = models.CharField(max_length=1000, blank=True)
    target_code = models.CharField(max_length=60, blank=True)
    attitude = models.CharField(max_length=10, choices=Attitude, blank=True)
    proposed_on = models.DateField(null=True)
    at = models.DateTimeField()
    answer = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ["at"]
