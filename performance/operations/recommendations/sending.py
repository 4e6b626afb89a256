"""Sending what is signed: take the row and commit, call outside any transaction, record the answer.

Killed between call and record, the row becomes due again and the same message goes out under the same
webhook-id, by which the receiver knows that it has it.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.clocks import business_span
from hrportal.kernel.stopping import until_stopped
from hrportal.kernel.sweeps import Sweep
from hrportal.kernel.task_wakeups import wake
from notifications.providers.base import Outcome
from performance.enums import RecommendationState
from performance.models import Recommendation
from performance.operations.recommendations.acknowledging import record_acknowledgement
from performance.operations.recommendations.deciding import SEND_TASK
from performance.operations.recommendations.transitions import lock_recommendation
from performance.providers.interview import Answer, deliver, is_on
from performance.queries.recommendations import hash_of, signed_document

FIRST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=6)
# With these pauses about a day and a half; then a person is asked.
MOST_ATTEMPTS = 12
SEND = Sweep("send_recommendations", label=_("Sending signed recommendations"), task=SEND_TASK)
DELIVER = Sweep("deliver_recommendations", label=_("Recording answers to recommendations"), task=SEND_TASK)
EVENT = "recommendation.signed"
DIFFERS = "content_differs_from_signature"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process may send now."""

    recommendation_id: UUID
    message_id: str
    body: bytes


def send_due(*, now: datetime) -> int:
    """Send every due recommendation once; returns how many were taken.

    Without an address they stay signed and due; the AI interview may fetch them.
    """
    if not is_on():
        return 0
    taken, delivering = claim_due(now=now), DELIVER.round(now=now)
    # What is left is due again by itself when the time of a whole batch is over.
    for item in until_stopped(taken):
        with delivering.row(item.recommendation_id, atomic=False):
            record_answer(
                recommendation_id=item.recommendation_id,
                answer=deliver(item.body, message_id=item.message_id),
                now=now,
            )
    return len(taken)


@transaction.atomic
def claim_due(*, now: datetime, limit: int = 20) -> list[Claimed]:
    """Take due rows nobody else holds; each is due again when this process has had time to call."""
    claiming, delivering = SEND.round(now=now), DELIVER.round(now=now)
    rows = list(
        claiming.due(delivering.due(_signed(now)))
        .select_for_update(skip_locked=True, of=("self",))
        .select_related("branch", "position")
        .order_by("send_at")[:limit]
    )
    return claiming.batch(rows, partial(_claim, limit=limit, now=now))


def _signed(now: datetime) -> QuerySet[Recommendation]:
    return Recommendation.objects.filter(state=RecommendationState.SIGNED, send_at__lte=now)


def _claim(rows: list[Recommendation], *, limit: int, now: datetime) -> list[Claimed]:
    claimed = []
    for row in rows:
        document = signed_document(row)
        if hash_of(document) != row.content_hash:
            row.code = DIFFERS
            history.move(
                row, to=RecommendationState.UNDELIVERED, action="refuse_to_send", now=now, reason=DIFFERS
            )
            continue
        row.attempts += 1
        row.send_at = now + business_span(timedelta(seconds=settings.PROVIDER_TIMEOUT_SECONDS * (limit + 1)))
        row.save(update_fields=["attempts", "send_at"])
        claimed.append(Claimed(row.pk, row.message_id, message_of(row)))
    return claimed


def message_of(row: Recommendation) -> bytes:
    """The webhook's body; the same row gives the same bytes."""
    document = signed_document(row)
    data = document.model_dump(mode="json") | {"content_hash": row.content_hash}
    return json.dumps(
        {"type": EVENT, "timestamp": document.signed_at, "data": data},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


@transaction.atomic
def record_answer(*, recommendation_id: UUID, answer: Answer, now: datetime) -> None:
    """Write down what the AI interview answered.

    An answer that comes after the acknowledgement came by its own way changes nothing.
    """
    row = lock_recommendation(recommendation_id)
    if row.state != RecommendationState.SIGNED:
        return
    row.code = answer.code
    match answer.outcome:
        case Outcome.ACCEPTED:
            _record_accept(row, answer, now=now)
        case Outcome.PERMANENT:
            _hand_over(row, now=now)
        case Outcome.THROTTLED if answer.retry_after is not None:
            _wait(row, business_span(answer.retry_after), now=now)
        case _:
            _retry(row, now=now)


@transaction.atomic
def send_again(*, recommendation_id: UUID, now: datetime, by: User) -> Recommendation:
    """A person found out why it was not taken: the same message is due again, under the same webhook-id.

    Raises:
        Conflict: nothing is to be sent again.
    """
    row = lock_recommendation(recommendation_id, RecommendationState.UNDELIVERED)
    row.send_at, row.attempts = now, 0
    history.move(row, to=RecommendationState.SIGNED, action="send_again", now=now, by=by, reason=row.code)
    wake(SEND_TASK)
    return row


def _record_accept(row: Recommendation, answer: Answer, *, now: datetime) -> None:
    version = answer.acknowledged_version
    if version is not None and version != row.version:
        row.code = f"acknowledged_version_{version}"[:80]
        _hand_over(row, now=now)
        return
    history.move(row, to=RecommendationState.SENT, action="send", now=now)
    if version is not None:
        record_acknowledgement(row, now=now)


def _retry(row: Recommendation, *, now: datetime) -> None:
    if row.attempts >= MOST_ATTEMPTS:
        _hand_over(row, now=now)
        return
    _wait(row, min(FIRST_BACKOFF * 2 ** (row.attempts - 1), LONGEST_BACKOFF), now=now)


def _wait(row: Recommendation, span: timedelta, *, now: datetime) -> None:
    row.send_at = now + span
    history.move(row, to=RecommendationState.SIGNED, action="defer", now=now, reason=row.code)


def _hand_over(row: Recommendation, *, now: datetime) -> None:
    history.move(row, to=RecommendationState.UNDELIVERED, action="fail", now=now, reason=row.code)
