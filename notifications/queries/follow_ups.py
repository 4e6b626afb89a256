"""Follow-ups as the people see them who must act."""

from datetime import datetime

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncDate

from branches.access import Access, Permission
from hrportal.kernel.keyset_pagination import Page, page_in_order
from notifications.enums import AddressKind, FollowUpKind, FollowUpState
from notifications.models import Address, Delivery, FollowUp
from notifications.queries.recipients import current_addresses

# Above every priority.
FIRST = 32_767


def open_follow_ups(access: Access) -> QuerySet[FollowUp]:
    """Those that a person has to do."""
    return visible_follow_ups(access).filter(state=FollowUpState.OPEN)


def visible_follow_ups(access: Access) -> QuerySet[FollowUp]:
    """Those at the viewer's branches; a parent branch sees its subtree before and after escalation."""
    return access.limit(FollowUp.objects.all(), Permission.FOLLOW_UP)


def open_by_kind(access: Access) -> dict[str, int]:
    """How many are open, by kind: one query."""
    rows = visible_follow_ups(access).filter(state=FollowUpState.OPEN).values_list("kind")
    return dict(rows.annotate(n=Count("pk")))


def most_pressing(
    access: Access, *, kind: str, branch_path: str, now: datetime, cursor: str = "", size: int = 50
) -> Page[FollowUp]:
    """A page of the open ones: questions, escalated, late, by the day they are due, within it by priority.

    A question holds the time to reply, so it stands before all others.
    What has no priority comes before what has one, so that nothing waits for want of a number; then
    by due time.
    """
    rows = narrowed(
        visible_follow_ups(access).filter(state=FollowUpState.OPEN), kind=kind, branch_path=branch_path
    )
    return page_in_order(
        rows.annotate(
            no_question=_is_not(Q(kind=FollowUpKind.QUESTION)),
            not_escalated=_is_not(Q(escalated_to__isnull=False)),
            not_late=_is_not(Q(due_at__lt=now)),
            due_day=TruncDate("due_at"),
            behind=Coalesce(-F("call_priority"), Value(-FIRST), output_field=IntegerField()),
        ),
        by=("no_question", "not_escalated", "not_late", "due_day", "behind", "due_at"),
        cursor=cursor,
        size=size,
    )


def _is_not(condition: Q) -> Case:
    """0 where it holds, 1 where not: what holds comes first."""
    return Case(When(condition, then=0), default=1, output_field=IntegerField())


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
CORRECTABLE_KINDS = (
    FollowUpKind.SMS_FAILED,
    FollowUpKind.NO_RECEIPT,
    FollowUpKind.NO_CHANNEL,
    FollowUpKind.UNREAD,
)
