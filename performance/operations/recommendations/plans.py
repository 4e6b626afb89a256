"""A recommended order of channels opens a draft of a plan, which a person changes and puts in force."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict
from notifications.enums import ChannelCode
from notifications.models import ChannelPlan
from notifications.operations.plan_drafts import open_plan_draft
from performance.analytics.advice.order import ChannelOrder
from performance.enums import SIGNED_STATES, RecommendationState
from performance.operations.recommendations.transitions import (
    lock_recommendation,
)
from performance.queries.recommendations import advised_by


@transaction.atomic
def open_draft(
    *, recommendation_id: UUID, plan: ChannelPlan, name: str, origin: str, now: datetime, by: User
) -> ChannelPlan:
    """Copy a plan with the recommended channel first, not in force, and keep the link both ways.

    Args:
        recommendation_id: a signed one about channels.
        plan: the plan to copy.
        name: of the draft.
        origin: path of the recommendation's page.
        now: business time.
        by: who opens it.

    Raises:
        Conflict: it is not signed, not about channels, or has its draft.
    """
    row = lock_recommendation(recommendation_id, *SIGNED_STATES)
    advised = advised_by(row)
    if not isinstance(advised, ChannelOrder) or row.draft_plan_id is not None:
        raise Conflict
    row.draft_plan = open_plan_draft(
        plan=plan, first=ChannelCode(advised.content.first), name=name, origin=origin
    )
    history.move(
        row,
        to=RecommendationState(row.state),
        action="open_draft",
        now=now,
        by=by,
        reason=row.draft_plan.code,
    )
    return row.draft_plan
