"""The AI interview says that it has a recommendation, in its answer or by a message of its own."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from hrportal.kernel import history
from performance.enums import SIGNED_STATES, RecommendationState
from performance.models import Recommendation
from performance.operations.recommendations.transitions import lock_recommendation

DONE = (RecommendationState.ACKNOWLEDGED, RecommendationState.MEASURED)


class NotSigned(Exception):
    """For a machine nothing exists before it is signed."""


class OtherVersion(Exception):
    """Another version was signed than the one acknowledged.

    Attributes:
        signed: the version that was signed.
    """

    def __init__(self, signed: int) -> None:
        super().__init__(f"Version {signed} was signed.")
        self.signed = signed


@transaction.atomic
def acknowledge(*, recommendation_id: UUID, version: int, now: datetime) -> Recommendation:
    """Take an acknowledgement; the same again changes nothing. It may overtake the record of the sending.

    Raises:
        NotSigned: no such recommendation, or nobody has signed it.
        OtherVersion: it was signed in another version.
    """
    try:
        row = lock_recommendation(recommendation_id)
    except Recommendation.DoesNotExist:
        raise NotSigned from None
    if row.state not in SIGNED_STATES:
        raise NotSigned
    if row.version != version:
        raise OtherVersion(row.version)
    if row.state not in DONE:
        record_acknowledgement(row, now=now)
    return row


def record_acknowledgement(row: Recommendation, *, now: datetime) -> None:
    """Write it down. The caller holds the row's lock."""
    row.acknowledged_at, row.code = now, ""
    history.move(row, to=RecommendationState.ACKNOWLEDGED, action="acknowledge", now=now, source="interview")
