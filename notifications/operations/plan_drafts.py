"""Drafts of channel plans: a copy that no rule can choose until a person has looked at it."""

from django.db import transaction

from notifications.enums import ChannelCode, StepCondition
from notifications.models import ChannelPlan, ChannelPlanStep

LONGEST_CODE = 40
LONGEST_NAME = 80


@transaction.atomic
def open_plan_draft(*, plan: ChannelPlan, first: ChannelCode, name: str, origin: str) -> ChannelPlan:
    """Copy a plan with one channel moved to its beginning, or put there if it has none of it.

    The channel that was first takes the place in time that the other had, if still unread by then.

    Args:
        plan: the one to copy.
        first: the channel to write to first.
        name: of the draft, as people read it.
        origin: path of the page that asks for it.
    """
    draft = ChannelPlan.objects.create(
        code=_free_code(plan.code), name=name[:LONGEST_NAME], is_draft=True, origin=origin
    )
    steps = list(plan.steps.order_by("order"))
    moved = next((step for step in steps if step.channel == first), None)
    rest = [step for step in steps if step is not moved]
    if rest:
        pause = moved.delay_minutes if moved else 0
        rest[0].condition, rest[0].delay_minutes = StepCondition.UNREAD, max(pause, rest[0].delay_minutes)
    lead = ChannelPlanStep(channel=first, condition=StepCondition.ALWAYS, urgent=bool(moved and moved.urgent))
    ChannelPlanStep.objects.bulk_create(
        ChannelPlanStep(
            plan=draft,
            order=order,
            channel=step.channel,
            delay_minutes=step.delay_minutes,
            condition=step.condition,
            at_once_without=step.at_once_without,
            urgent=step.urgent,
        )
        for order, step in enumerate([lead, *rest], start=1)
    )
    return draft


def _free_code(code: str) -> str:
    taken = set(ChannelPlan.objects.values_list("code", flat=True))
    numbers = range(1, len(taken) + 2)
    wanted = (f"{code[: LONGEST_CODE - 10]}-draft-{number}" for number in numbers)
    return next(free for free in wanted if free not in taken)
