"""Follow-ups as the people see them who must act."""

from datetime import datetime

from django.db.models import Count, F, QuerySet

from branches.access import Access, Power
from notifications.enums import AddressKind, FollowUpKind, FollowUpState
from notifications.models import Address, Delivery, FollowUp
from notifications.queries.recipients import current_addresses

MOST_OPEN = 100


def visible_follow_ups(access: Access) -> QuerySet[FollowUp]:
    """Those at the viewer's branches; a parent branch sees its subtree before and after escalation."""
    return access.limit(FollowUp.objects.all(), Power.FOLLOW_UP)


def open_by_kind(access: Access) -> dict[str, int]:
    """How many are open, by kind: one query."""
    rows = visible_follow_ups(access).filter(state=FollowUpState.OPEN).values_list("kind")
    return dict(rows.annotate(n=Count("pk")))


def most_pressing(access: Access, *, kind: str, branch_path: str) -> list[FollowUp]:
    """Open ones, the escalated first, then by due time; at most ``MOST_OPEN`` at once."""
    rows = narrowed(
        visible_follow_ups(access).filter(state=FollowUpState.OPEN), kind=kind, branch_path=branch_path
    )
    return list(rows.order_by(F("escalated_to").asc(nulls_last=True), "due_at", "pk")[:MOST_OPEN])


def narrowed(rows: QuerySet[FollowUp], *, kind: str, branch_path: str) -> QuerySet[FollowUp]:
    """Rows of a kind and a subtree, with what a list shows of each."""
    if kind:
        rows = rows.filter(kind=kind)
    if branch_path:
        rows = rows.filter(branch__path__startswith=branch_path)
    return rows.select_related("branch", "escalated_to", "done_by", "notice__position")


def phone_of(follow_up: FollowUp) -> Address | None:
    """The number to call: the newest one, even if messages do not reach it; None if none was given."""
    if follow_up.notice is None:
        return None
    recipient_id = follow_up.notice.recipient_id
    usable = current_addresses([recipient_id]).get((recipient_id, AddressKind.PHONE))
    return usable or (
        Address.objects.filter(recipient_id=recipient_id, kind=AddressKind.PHONE)
        .order_by("-event_at")
        .first()
    )


def deliveries_of(follow_up: FollowUp) -> list[Delivery]:
    """What was tried on every channel, in the order of the plan."""
    if follow_up.notice_id is None:
        return []
    return list(Delivery.objects.filter(notice_id=follow_up.notice_id).order_by("order", "attempt"))


def is_late(follow_up: FollowUp, *, now: datetime) -> bool:
    """Open beyond its deadline."""
    return follow_up.state == FollowUpState.OPEN and follow_up.due_at < now


# A number can only help where a message could not get through.
CORRECTABLE_KINDS = (FollowUpKind.SMS_FAILED, FollowUpKind.NO_CHANNEL, FollowUpKind.UNREAD)
