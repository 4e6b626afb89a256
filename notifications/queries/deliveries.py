"""Deliveries of the viewer's branches: what each provider was given, and what it said."""

from django.db.models import QuerySet

from branches.access import Access, Permission
from notifications.models import Delivery


def visible_deliveries(access: Access) -> QuerySet[Delivery]:
    """Deliveries of notices at the viewer's branches, with what a list shows of each."""
    rows = access.limit(Delivery.objects.all(), Permission.SEE_CANDIDATES, via="notice__")
    return rows.select_related("notice__recipient", "notice__branch", "notice__position")


def narrowed(rows: QuerySet[Delivery], *, channel: str, state: str, branch_path: str) -> QuerySet[Delivery]:
    """Rows of one channel, state and subtree; an empty value narrows nothing."""
    if channel:
        rows = rows.filter(channel=channel)
    if state:
        rows = rows.filter(state=state)
    if branch_path:
        rows = rows.filter(notice__branch__path__startswith=branch_path)
    return rows
