"""What providers answered, or nobody knows that they did: written down with all that follows, a batch at a time."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from notifications.operations.ledger import find_taken_names, lock_ledger, write_ledger
from notifications.providers.base import Outcome, SendResult
from notifications.rules.answers import take_answer

Answers = Mapping[UUID, SendResult | None]


def record_send_result(*, delivery_id: UUID, result: SendResult, now: datetime) -> None:
    """Write down what the provider answered to one."""
    record_answers({delivery_id: result}, now=now)


def record_answers(answers: Answers, *, now: datetime, waits: bool = True) -> set[UUID]:
    """Write down answers by delivery, None for those whose provider was not called.

    Returns:
        Whose notice somebody holds, so that they are not written down yet; none where it ``waits``.
    """
    try:
        return _record(answers, now=now, waits=waits)
    except IntegrityError:
        # Another process accepted the same message in this moment; now its name can be seen.
        return _record(answers, now=now, waits=waits)


@transaction.atomic
def _record(answers: Answers, *, now: datetime, waits: bool) -> set[UUID]:
    ledger = lock_ledger(now=now, delivery_ids=answers.keys(), waits=waits)
    find_taken_names(
        ledger,
        [
            (row.provider, answer.provider_id[:120])
            for row in ledger.deliveries.values()
            if (answer := answers[row.pk]) and answer.outcome is Outcome.ACCEPTED and answer.provider_id
        ],
    )
    for row in ledger.deliveries.values():
        take_answer(ledger, row, answers[row.pk])
    write_ledger(ledger)
    return answers.keys() - ledger.deliveries.keys()
