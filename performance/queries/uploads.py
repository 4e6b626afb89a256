"""Files of records that were looked at or taken in."""

from django.db.models import QuerySet

from branches.access import Access, Permission
from performance.models import RecordUpload


def visible_uploads(access: Access) -> QuerySet[RecordUpload]:
    """Uploads of whoever records performance at the viewer's branches, without their content."""
    rows = access.limit(RecordUpload.objects.all(), Permission.RECORD_PERFORMANCE)
    return rows.select_related("uploaded_by", "branch").defer("content")
