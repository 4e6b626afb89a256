"""Notices that reviewers sent back, for those who may mend them."""

from django.db.models import OuterRef, QuerySet, Subquery

from branches.access import Access, Permission
from notifications.enums import NoticeState
from notifications.models import Notice, NoticeTransition
from notifications.queries.history import reasons_in_words
from notifications.queries.reviews import HEAVY, MOST_SHOWN
from recruitment.models import Application


def editable_notices(access: Access) -> QuerySet[Notice]:
    """Returned notices where the viewer may compose."""
    return access.limit(Notice.objects.filter(state=NoticeState.RETURNED), Permission.COMPOSE_NOTICE)


def returned_notices(access: Access) -> list[Notice]:
    """By deadline, each with ``why``, the reviewer's last reason: one query."""
    last = NoticeTransition.objects.filter(subject=OuterRef("pk"), action="return").order_by("-at", "-pk")
    rows = list(
        editable_notices(access)
        .annotate(why=Subquery(last.values("reason")[:1]))
        .select_related("recipient", "branch", "position", "escalated_to")
        .defer(*HEAVY)
        .order_by("due_at", "pk")[:MOST_SHOWN]
    )
    for row in rows:
        row.why = reasons_in_words(row.why or "")
    return [*rows]


def application_of(notice: Notice) -> Application:
    """What the notice is about; raises ``Application.DoesNotExist``."""
    return Application.objects.select_related("person", "branch", "position").get(pk=notice.subject_ref)
