"""Moving a recommendation, always with its history row."""

from datetime import datetime
from uuid import UUID

from branches.models import User
from hrportal.kernel.refusals import Conflict
from performance.enums import RecommendationState
from performance.models import Recommendation, RecommendationTransition


def lock_recommendation(pk: UUID, *states: RecommendationState) -> Recommendation:
    """The row, locked for this transaction.

    Raises:
        Recommendation.DoesNotExist: none has this key.
        Conflict: it is in none of ``states``.
    """
    row = (
        Recommendation.objects.select_for_update(of=("self",)).select_related("branch", "position").get(pk=pk)
    )
    if states and row.state not in states:
        raise Conflict
    return row


def transition_recommendation(
    *,
    row: Recommendation,
    to: RecommendationState,
    action: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    reason: str = "",
) -> None:
    """Write the row as it is with its new state, and its history. The caller holds the row's lock."""
    record_recommendation_action(row=row, action=action, now=now, by=by, source=source, reason=reason, to=to)
    if row.state != to:
        row.state_at = now
    row.state = to
    if to != RecommendationState.SIGNED:
        row.send_at = None
    row.save()


def record_recommendation_action(
    *,
    row: Recommendation,
    action: str,
    now: datetime,
    by: User | None = None,
    source: str = "system",
    reason: str = "",
    to: str = "",
) -> None:
    """Add a history row; without ``to`` the state stays."""
    RecommendationTransition.objects.create(
        recommendation=row,
        at=now,
        actor=by,
        source="person" if by else source,
        action=action,
        from_state="" if action == "find" else row.state,
        to_state=to or row.state,
        reason=reason,
    )
