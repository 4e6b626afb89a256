"""Before a recommendation moves: its lock."""

from uuid import UUID

from hrportal.kernel.refusals import Conflict
from performance.enums import RecommendationState
from performance.models import Recommendation


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
