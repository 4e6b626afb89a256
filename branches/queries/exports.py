"""Reads of exports: one's own, those to approve, those that alarm head office."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet, TextChoices
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission
from branches.enums import ExportState
from branches.models import DisclosureAlarm, Export, User
from branches.queries.second_person import is_second_person


class ExportView(TextChoices):
    """Which exports a list shows."""

    OWN = "own", gettext_lazy("My exports")
    APPROVE = "approve", gettext_lazy("To approve")
    ALARMS = "alarms", gettext_lazy("Unusual volume")


def own_exports(access: Access) -> QuerySet[Export]:
    """What the viewer asked for."""
    return _shown().filter(asked_by=access.user)


def exports_to_approve(access: Access) -> QuerySet[Export]:
    """What waits for a second person at the viewer's branches; never the viewer's own."""
    rows = access.limit(_shown().filter(state=ExportState.TO_APPROVE), Permission.REVIEW_NOTICE)
    return rows.exclude(asked_by=access.user)


def open_alarms(access: Access) -> QuerySet[Export]:
    """Unusual volumes that nobody has looked into: for head office."""
    rows = _shown().filter(alarm_rows__isnull=False, alarm_closed_at__isnull=True)
    return rows.exclude(asked_by=access.user) if access.everywhere(Permission.REVIEW_NOTICE) else rows.none()


def open_disclosure_alarms(access: Access) -> QuerySet[DisclosureAlarm]:
    """Who has seen unusually many encrypted values, not looked into yet: for head office, never one's own."""
    rows = DisclosureAlarm.objects.filter(closed_at__isnull=True).select_related("user")
    rows = rows.exclude(user=access.user) if access.everywhere(Permission.REVIEW_NOTICE) else rows.none()
    return rows.order_by("-raised_at")


def visible_exports(access: Access) -> QuerySet[Export]:
    """One's own; those in full of the branches where one reviews; those that alarmed, for head office."""
    rows = _shown().filter(asked_by=access.user)
    rows |= access.limit(_shown().filter(in_full=True), Permission.REVIEW_NOTICE)
    if access.everywhere(Permission.REVIEW_NOTICE):
        rows |= _shown().filter(alarm_rows__isnull=False)
    return rows


def is_second_to(export: Export, user: User, *, now: datetime) -> bool:
    """Whether the user's right to review does not come from whoever asked for the export."""
    return is_second_person(
        user,
        acts=[(export.asked_by_id, export.asked_at)],
        permission=Permission.REVIEW_NOTICE,
        branch=export.branch,
        now=now,
    )


def may_decide(access: Access, export: Export, *, now: datetime) -> bool:
    """Whether the viewer is a second person for this one, and it still waits."""
    return (
        export.state == ExportState.TO_APPROVE
        and access.has_permission_at(Permission.REVIEW_NOTICE, branch_id=export.branch_id)
        and is_second_to(export, access.user, now=now)
    )


def may_close_alarm(access: Access, export: Export, *, now: datetime) -> bool:
    """Whether the viewer may say that an unusual volume was looked into."""
    return (
        export.alarm_rows is not None
        and export.alarm_closed_at is None
        and access.everywhere(Permission.REVIEW_NOTICE)
        and is_second_to(export, access.user, now=now)
    )


def count_up_to(rows: QuerySet[Any], most: int) -> int:
    """How many rows there are, not counted beyond ``most``: a whole bank takes as long as that."""
    return rows.order_by().values("pk")[:most].count()


def _shown() -> QuerySet[Export]:
    return Export.objects.select_related("asked_by", "decided_by", "alarm_closed_by", "branch").defer(
        "wanted"
    )
