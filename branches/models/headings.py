"""What people said of headings that no column has."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportHeading(models.Model):
    """A heading of one kind of file and the column that it is, as a person said; the last one holds."""

    # Such as performance_records.
    file_kind = models.CharField(_("file type"), max_length=40)
    # As hrportal.kernel.tables.heading_key compares headings.
    heading = models.CharField(_("heading"), max_length=80)
    # Name of a column, or hrportal.kernel.tables.LEFT_OUT.
    column = models.CharField(_("column"), max_length=60)
    said_at = models.DateTimeField()
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("import column heading")
        verbose_name_plural = _("import column headings")
        constraints = [
            models.UniqueConstraint(fields=["file_kind", "heading"], name="one_meaning_of_a_heading")
        ]
