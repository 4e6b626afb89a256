"""From an approved plan to deliveries."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.db.models import Max

from notifications.channels import CHANNELS
from notifications.enums import (
    ChannelCode,
    DeliveryState,
    FollowUpKind,
    StepCondition,
)
from notifications.models import Approval, ChannelPlan, Delivery, Notice
from notifications.operations.follow_ups import open_follow_up
from notifications.providers.registry import is_on
from notifications.queries.recipients import current_addresses
from notifications.rules.sending import CHANNEL_OFF, NO_ADDRESS

AT_ONCE = timedelta(0)


class Step(TypedDict):
    """One step of a plan's snapshot, as it is approved and hashed."""

    order: int
    channel: str
    delay_minutes: int
    condition: str
    at_once_without: list[str]
    urgent: bool


def snapshot(plan: ChannelPlan) -> list[Step]:
    """The plan's steps as plain values; later changes of the plan do not reach approved notices."""
    return [
        Step(
            order=step.order,
            channel=step.channel,
            delay_minutes=step.delay_minutes,
            condition=step.condition,
            at_once_without=sorted(step.at_once_without),
            urgent=step.urgent,
        )
        for step in plan.steps.order_by("order")
    ]


def plan_deliveries(
    *, notice: Notice, approval: Approval, now: datetime, hold: timedelta = AT_ONCE
) -> list[Delivery]:
    """Make the deliveries of the approved snapshot, due after ``hold``. The caller holds the notice's lock.

    A step for which the recipient has no address, or whose channel the bank does not have, is kept as
    skipped, so that people see why. A notice that came back after an approval has deliveries already;
    each channel counts on from there.
    """
    addresses = current_addresses([notice.recipient_id])
    has = {
        code
        for code, channel in CHANNELS.items()
        if is_on(code) and (notice.recipient_id, channel.address) in addresses
    }
    made = [
        _delivery(step, notice=notice, approval=approval, has=has, now=now, hold=hold) for step in notice.plan
    ]
    earlier = dict(notice.deliveries.values_list("channel").annotate(Max("attempt")))
    for delivery in made:
        delivery.attempt = earlier.get(delivery.channel, 0) + 1
    Delivery.objects.bulk_create(made)
    if all(delivery.state == DeliveryState.SKIPPED for delivery in made):
        _nothing_left(notice, now=now)
    return made


def _delivery(
    step: Step,
    *,
    notice: Notice,
    approval: Approval,
    has: set[str],
    now: datetime,
    hold: timedelta,
) -> Delivery:
    channel = ChannelCode(step["channel"])
    without = step["at_once_without"]
    at_once = bool(without) and not any(other in has for other in without)
    return Delivery(
        notice=notice,
        approval=approval,
        channel=channel,
        order=step["order"],
        condition=StepCondition.ALWAYS if at_once else step["condition"],
        urgent=step["urgent"],
        due_at=now + hold + (AT_ONCE if at_once else timedelta(minutes=step["delay_minutes"])),
        state=DeliveryState.PLANNED if channel in has else DeliveryState.SKIPPED,
        code="" if channel in has else NO_ADDRESS if is_on(channel) else CHANNEL_OFF,
        ended_at=None if channel in has else now,
    )


def plan_another_attempt(*, notice: Notice, channel: ChannelCode, now: datetime) -> Delivery:
    """One more attempt on a channel of the approved plan, decided by a person.

    The caller holds the notice's lock; the notice must have been approved.
    """
    earlier = list(notice.deliveries.order_by("attempt"))
    attempts = [delivery.attempt for delivery in earlier if delivery.channel == channel]
    approval = notice.approvals.get(content_hash=notice.content_hash, revoked_at__isnull=True)
    return Delivery.objects.create(
        notice=notice,
        approval=approval,
        channel=channel,
        attempt=max(attempts, default=0) + 1,
        order=max((delivery.order for delivery in earlier), default=0),
        condition=StepCondition.ALWAYS,
        urgent=any(delivery.urgent for delivery in earlier if delivery.channel == channel),
        due_at=now,
    )


def _nothing_left(notice: Notice, *, now: datetime) -> None:
    open_follow_up(
        branch_id=notice.branch_id,
        subject_ref=notice.subject_ref,
        label=notice.recipient.name,
        kind=FollowUpKind.NO_CHANNEL,
        now=now,
        minutes=notice.review_policy.follow_up_minutes,
        notice_id=notice.pk,
    )
