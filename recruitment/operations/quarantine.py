"""Signals in quarantine: tried again after the cause was mended, or dismissed with a reason."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from branches.models import User
from hrportal.kernel.wakeups import wake
from recruitment.enums import SignalState
from recruitment.models import InterviewSignal, SignalMove
from recruitment.operations.moves import StateConflict

INGEST_TASK = "recruitment.tasks.ingest_signals"


class ReasonMissing(Exception):
    """Dismissing a signal takes a reason: it is somebody's interview."""


@transaction.atomic
def retry_signal(*, signal_id: UUID, now: datetime, by: User) -> InterviewSignal:
    """Put a quarantined signal back into the line, whole as it came.

    Raises:
        StateConflict: it is not in quarantine any more.
    """
    signal = _quarantined(signal_id)
    _move(signal, SignalState.RECEIVED, "retry", now=now, by=by, reason=signal.quarantine_reason)
    signal.quarantine_reason = signal.quarantine_detail = ""
    signal.save()
    wake(INGEST_TASK)
    return signal


def retry_signals(*, signal_ids: Iterable[UUID], now: datetime, by: User) -> int:
    """Put several back into the line, each on its own; how many were still in quarantine."""
    done = 0
    for signal_id in signal_ids:
        try:
            retry_signal(signal_id=signal_id, now=now, by=by)
        except StateConflict:
            continue
        done += 1
    return done


@transaction.atomic
def dismiss_signal(*, signal_id: UUID, reason: str, now: datetime, by: User) -> InterviewSignal:
    """Give a quarantined signal up, with a written reason; the body is kept.

    Raises:
        StateConflict: it is not in quarantine any more.
        ReasonMissing: no reason given.
    """
    if not reason.strip():
        raise ReasonMissing
    signal = _quarantined(signal_id)
    _move(signal, SignalState.DISMISSED, "dismiss", now=now, by=by, reason=reason.strip())
    signal.save()
    return signal


def _quarantined(signal_id: UUID) -> InterviewSignal:
    signal = InterviewSignal.objects.select_for_update().get(pk=signal_id)
    if signal.state != SignalState.QUARANTINED:
        raise StateConflict(signal.get_state_display())
    return signal


def _move(
    signal: InterviewSignal, to: SignalState, verb: str, *, now: datetime, by: User, reason: str
) -> None:
    SignalMove.objects.create(
        signal=signal,
        at=now,
        actor=by,
        source="person",
        verb=verb,
        from_state=signal.state,
        to_state=to,
        reason=reason,
    )
    signal.state = to
