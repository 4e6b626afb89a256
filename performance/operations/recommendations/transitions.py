"""Before a recommendation moves: its lock."""

from uuid import UUID

from performance.enums import RecommendationState
from performance.models import Recommendation


class RecommendationConflict(Exception):
    """Somebody or something was faster: it is no longer in a state that this starts from.

    Attributes:
        found: the state it is in.
    """

    def __init__(self, found: str) -> None:
        super().__init__(f"This recommendation is now {found}; load the page again.")
        self.found = found


def lock_recommendation(pk: UUID, *states: RecommendationState) -> Recommendation:
    """The row, locked for this transaction.

    Raises:
        Recommendation.DoesNotExist: none has this key.
        RecommendationConflict: it is in none of ``states``.
    """
    row = (
        Recommendation.objects.select_for_update(of=("self",)).select_related("branch", "position").get(pk=pk)
    )
    if states and row.state not in states:
        raise RecommendationConflict(row.state)
    return row
