"""Notices before a decision: the reviewers' queue by deadline, and one notice with all that decides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, TextChoices, Window
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from branches.access import Access, Permission
from hrportal.kernel.clocks import business_span
from notifications.addresses import mask_address
from notifications.channels import CHANNELS
from notifications.enums import (
    ChannelCode,
    DeliveryState,
    NoticeState,
    StepCondition,
)
from notifications.models import Address, Approval, Delivery, Notice, NoticeTransition
from notifications.providers.registry import is_on
from notifications.queries.history import (
    NOTICE_ACTIONS,
    REASONS,
    TimelineEvent,
    branch_names,
    event,
    newest_first,
    reasons_in_words,
)
from notifications.queries.recipients import current_addresses
from notifications.rendering.difference import Row, rendered_difference

MOST_SHOWN = 50
# Nothing is held back for longer; the index of the queue finds the rest.
HELD_FOR = timedelta(minutes=1)
CONTEXT_LINES = 1
# What a list never shows and a row is heavy with.
HEAVY = ("bodies", "context", "trace", "plan")


class QueueView(TextChoices):
    """Which part of the queue a reviewer works through."""

    ALL = "all", gettext_lazy("All")
    LATE = "late", gettext_lazy("Overdue")
    ESCALATED = "escalated", gettext_lazy("Escalated to us")


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of a notice's plan, in the words of the active language. ``address`` is masked."""

    channel: str
    when: str
    address: str
    has_address: bool
    is_on: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs from the last notice of the same base that was approved at the same branch."""

    earlier: Notice
    rows: list[Row]


def visible_notices(access: Access) -> QuerySet[Notice]:
    """Every notice that the viewer may review, in whatever state."""
    return access.limit(Notice.objects.all(), Permission.REVIEW_NOTICE)


def waiting_reviews(access: Access) -> QuerySet[Notice]:
    """Those that wait for a decision."""
    return visible_notices(access).filter(state=NoticeState.IN_REVIEW)


def queue(access: Access, *, view: str, now: datetime) -> list[Notice]:
    """The most pressing notices in review: those escalated first, then by deadline.

    Being escalated moves a deadline, so it alone would send the latest to the end. Every row has
    ``total``, the length of the whole queue. At most ``MOST_SHOWN`` rows: one query.
    """
    rows = waiting_reviews(access)
    if view == QueueView.LATE:
        rows = rows.filter(Q(due_at__lt=now) | Q(escalated_to__isnull=False))
    elif view == QueueView.ESCALATED:
        rows = rows.filter(escalated_to__in=own_branches(access))
    return list(
        rows.annotate(in_time=Q(escalated_to__isnull=True), total=Window(Count("pk")))
        .select_related("recipient", "branch", "position", "escalated_to")
        .defer(*HEAVY)
        .order_by("in_time", "due_at", "pk")[:MOST_SHOWN]
    )


def own_branches(access: Access) -> set[int]:
    """Where the viewer's roles stand: what is escalated to one of these is escalated to them."""
    return {grant.branch_id for grant in access.grants}


def held_approvals(access: Access, *, now: datetime) -> list[Notice]:
    """What the viewer has just approved and nothing has left of yet: the next to leave first. One query.

    Every row has ``leaves_at``.
    """
    waiting = Delivery.objects.filter(notice=OuterRef("pk")).exclude(state=DeliveryState.SKIPPED)
    out = waiting.exclude(state__in=(DeliveryState.PLANNED, DeliveryState.CANCELLED))
    mine = Approval.objects.filter(notice=OuterRef("pk"), reviewer=access.user, revoked_at__isnull=True)
    planned = waiting.filter(state=DeliveryState.PLANNED).order_by("due_at")
    return list(
        visible_notices(access)
        .filter(
            Exists(mine),
            ~Exists(out),
            state=NoticeState.APPROVED,
            approved_at__gt=now - business_span(HELD_FOR),
        )
        .annotate(leaves_at=Subquery(planned.values("due_at")[:1]))
        .filter(leaves_at__gt=now)
        .select_related("recipient")
        .only("recipient__name", "state")
        .order_by("leaves_at", "pk")
    )


def neighbour(rows: list[Notice], pk: UUID) -> UUID | None:
    """Whom a reviewer turns to after this one: the next of the queue, else its first."""
    keys = [row.pk for row in rows]
    if pk not in keys:
        return keys[0] if keys else None
    at = keys.index(pk)
    rest = keys[at + 1 :] + keys[:at]
    return rest[0] if rest else None


def transitions_of(notice: Notice) -> list[NoticeTransition]:
    """The notice's history rows in order, with who acted."""
    return list(NoticeTransition.objects.filter(subject=notice).select_related("by"))


def composed_anew(transitions: list[NoticeTransition]) -> dict[str, Any] | None:
    """When and why the portal wrote the notice anew since it was last approved or submitted; None if it did not."""
    last = [move for move in transitions if move.action in ("recompose", "approve", "resubmit")][-1:]
    if not last or last[0].action != "recompose":
        return None
    return {"at": last[0].at, "why": reasons_in_words(last[0].reason)}


def chain_of(notice: Notice, transitions: list[NoticeTransition]) -> list[TimelineEvent]:
    """The history in words, the newest first."""
    reasons = REASONS | branch_names(notice)
    states = dict(NoticeState.choices)
    return newest_first(
        event(move, actions=NOTICE_ACTIONS, states=states, reasons=reasons) for move in transitions
    )


def comparison_of(notice: Notice) -> Comparison | None:
    """Against the last approved notice of the same base, language and branch; None for the first one.

    The same branch, because its texts are the same and its people are in the reviewer's scope.
    """
    earlier = (
        Notice.objects.filter(
            branch_id=notice.branch_id,
            language=notice.language,
            base_version__template_id=notice.base_version.template_id,
            approved_at__isnull=False,
        )
        .exclude(pk=notice.pk)
        .select_related("recipient", "base_version")
        .defer("context", "trace", "plan")
        .order_by("-approved_at")
        .first()
    )
    if earlier is None:
        return None
    rows = rendered_difference(earlier.bodies["page_html"], notice.bodies["page_html"])
    return Comparison(earlier, [row for row in rows if row.kind != "equal"])


def steps_of(notice: Notice, *, may_see_contacts: bool) -> list[PlannedStep]:
    """What the plan would do if the notice were approved now: one query."""
    addresses = current_addresses([notice.recipient_id])
    has = {
        code: address
        for code, channel in CHANNELS.items()
        if is_on(code) and (address := addresses.get((notice.recipient_id, channel.address)))
    }
    return [_step(step, has, may_see_contacts=may_see_contacts) for step in notice.plan]


def _step(step: Mapping[str, Any], has: Mapping[str, Address], *, may_see_contacts: bool) -> PlannedStep:
    channel = ChannelCode(step["channel"])
    without = step["at_once_without"]
    address = has.get(channel)
    at_once = bool(without) and not any(other in has for other in without)
    return PlannedStep(
        channel=str(channel.label),
        when=_("immediately after approval") if at_once else _when(step["delay_minutes"], step["condition"]),
        address=_masked(address) if address and may_see_contacts else "",
        has_address=address is not None,
        is_on=is_on(channel),
    )


def _when(minutes: int, condition: str) -> str:
    when = (
        ngettext("%(n)d minute after approval", "%(n)d minutes after approval", minutes) % {"n": minutes}
        if minutes
        else _("immediately after approval")
    )
    if condition == StepCondition.ALWAYS:
        return when
    return _("%(when)s, %(condition)s") % {"when": when, "condition": StepCondition(condition).label}


def _masked(address: Address) -> str:
    return mask_address(address.kind, address.value.decrypt())
