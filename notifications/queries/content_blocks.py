"""The parts that branches write themselves."""

from django.db.models import OuterRef, QuerySet, Subquery

from branches.access import Access, Permission
from notifications.models import MessageTemplate, TemplateVersion
from notifications.queries.authoring import with_versions
from notifications.rendering.content_fields import BlockKind

CONTENT_BLOCK_PERMISSIONS = (Permission.WRITE_CONTENT_BLOCKS, Permission.WRITE_TEMPLATES)


def visible_blocks(access: Access) -> QuerySet[MessageTemplate]:
    """Parts of branches where the viewer writes them, or of all where the viewer approves them."""
    rows = MessageTemplate.objects.filter(kind=BlockKind.BRANCH, branch__isnull=False)
    return access.limit(rows, *CONTENT_BLOCK_PERMISSIONS).select_related("branch")


def listed_blocks(access: Access) -> QuerySet[MessageTemplate]:
    """With versions, and ``submitted_at`` of the draft that waits for head office; waiting ones first: one query."""
    draft = TemplateVersion.objects.filter(template=OuterRef("pk"), published_at__isnull=True)
    rows = with_versions(visible_blocks(access)).annotate(
        submitted_at=Subquery(draft.values("submitted_at")[:1]), answer=Subquery(draft.values("answer")[:1])
    )
    return rows.order_by("submitted_at", "branch__path", "code")


def visible_versions(access: Access) -> QuerySet[TemplateVersion]:
    """The versions of those parts."""
    return TemplateVersion.objects.filter(template__in=visible_blocks(access).order_by()).select_related(
        "template__branch", "created_by", "submitted_by", "published_by"
    )
