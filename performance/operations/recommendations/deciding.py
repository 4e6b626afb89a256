"""Two persons of head office: one puts a finding forward, another signs it; or somebody says no."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import NotSecondPerson, ReasonMissing
from hrportal.kernel.task_wakeups import wake
from performance.enums import OPEN_STATES, RecommendationState
from performance.models import Recommendation
from performance.operations.recommendations.transitions import lock_recommendation
from performance.queries.recommendations import hash_of, may_sign, signed_document

SEND_TASK = "performance.tasks.send_recommendations"
WRONG_PERSON = _(
    "The person who submits a recommendation cannot sign it. Another person at head office has to sign."
)


@transaction.atomic
def propose(*, recommendation_id: UUID, comment: str, now: datetime, by: User) -> Recommendation:
    """A person has read the finding and stands for it.

    Raises:
        ReasonMissing: the second person must read why.
        Conflict: it is not a finding any more.
    """
    row = lock_recommendation(recommendation_id, RecommendationState.FOUND)
    row.comment = _required(comment)
    row.proposed_by, row.proposed_at = by, now
    history.move(row, to=RecommendationState.PROPOSED, action="propose", now=now, by=by, reason=row.comment)
    return row


@transaction.atomic
def sign(*, recommendation_id: UUID, now: datetime, by: User) -> Recommendation:
    """A second person signs: the content is frozen under its hash and is due to be sent.

    What was proposed never changes, newer figures make another row, so the key says what was read.

    Raises:
        NotSecondPerson: the same person put it forward, or one whom the signer's right comes from.
        Conflict: it does not wait for a signature.
    """
    row = lock_recommendation(recommendation_id, RecommendationState.PROPOSED)
    if not may_sign(row, by, now=now):
        raise NotSecondPerson(WRONG_PERSON)
    row.signed_by, row.signed_at, row.send_at = by, now, now
    row.content_hash = hash_of(signed_document(row))
    history.move(row, to=RecommendationState.SIGNED, action="sign", now=now, by=by)
    wake(SEND_TASK)
    return row


@transaction.atomic
def reject(*, recommendation_id: UUID, reason: str, now: datetime, by: User) -> Recommendation:
    """Head office does not want it; the finding is not put before anybody again in its season.

    Raises:
        ReasonMissing: no reason given.
        NotSecondPerson: who put it forward takes it back instead.
        Conflict: it is signed, or gone.
    """
    row = lock_recommendation(recommendation_id, *OPEN_STATES)
    if row.state == RecommendationState.PROPOSED and row.proposed_by_id == by.pk:
        raise NotSecondPerson(WRONG_PERSON)
    history.move(
        row, to=RecommendationState.REJECTED, action="reject", now=now, by=by, reason=_required(reason)
    )
    return row


@transaction.atomic
def withdraw(*, recommendation_id: UUID, reason: str, now: datetime, by: User) -> Recommendation:
    """Who put it forward does not stand for it any more; otherwise as ``reject``.

    Raises:
        ReasonMissing: no reason given.
        NotSecondPerson: somebody else put it forward.
        Conflict: it does not wait for a signature.
    """
    row = lock_recommendation(recommendation_id, RecommendationState.PROPOSED)
    if row.proposed_by_id != by.pk:
        raise NotSecondPerson(WRONG_PERSON)
    history.move(
        row, to=RecommendationState.WITHDRAWN, action="withdraw", now=now, by=by, reason=_required(reason)
    )
    return row


def _required(words: str) -> str:
    if not words.strip():
        raise ReasonMissing
    return words.strip()
