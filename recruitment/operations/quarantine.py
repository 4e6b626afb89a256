"""Signals in quarantine: put right, confirmed by two people, tried again, or dismissed with a reason."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from branches.access import log_disclosure
from branches.models import User
from branches.operations.reveals import take_reveals
from hrportal.kernel import history
from hrportal.kernel.optimistic_lock import require_seen
from hrportal.kernel.refusals import Conflict, ReasonMissing
from hrportal.kernel.task_wakeups import wake
from recruitment.correction import CONTACTS, read_corrections, write_corrections
from recruitment.enums import MatchState, SignalState
from recruitment.models import InterviewSignal, MatchReview
from recruitment.operations.signals import INGEST_TASK
from recruitment.queries.quarantine import last_move_of


@transaction.atomic
def retry_signal(*, signal_id: UUID, now: datetime, by: User) -> InterviewSignal:
    """Put a quarantined signal back into the line, whole as it came.

    Raises:
        Conflict: it is not in quarantine any more.
    """
    signal = lock_quarantined(signal_id)
    release_signal(signal=signal, action="retry", reason=signal.quarantine_reason, now=now, by=by)
    return signal


def retry_signals(*, signal_ids: Iterable[UUID], now: datetime, by: User) -> int:
    """Put several back into the line, each on its own; how many were still in quarantine."""
    done = 0
    for signal_id in signal_ids:
        try:
            retry_signal(signal_id=signal_id, now=now, by=by)
        except Conflict:
            continue
        done += 1
    return done


@transaction.atomic
def correct_signal(
    *,
    signal_id: UUID,
    values: Mapping[str, str],
    reason: str,
    now: datetime,
    by: User,
    seen: str | None = None,
) -> InterviewSignal:
    """Put facts of a quarantined signal right and send it back into the line; the body stays as it came.

    What was confirmed of it before is asked anew. The values hold against every later message.

    Args:
        signal_id: which.
        values: what is right, by field, see ``recruitment.correction``.
        reason: how the person knows.
        now: business time.
        by: who.
        seen: the key of the last thing that had happened to it; None leaves that unchecked.

    Raises:
        Conflict: it is not in quarantine any more.
        EditConflict: something has happened to it since it was ``seen``.
        ReasonMissing: no reason given.
        ValueError: a field that nobody may put right.
        TooManyReveals: it gives a contact, and the limit of the hour is reached; the caller writes it down.
    """
    if not reason.strip():
        raise ReasonMissing
    signal = lock_quarantined(signal_id)
    last = last_move_of(signal)
    require_seen(
        seen,
        str(last and last.pk),
        by=last and last.by,
        at=last and last.at,
        what=last.reason if last else "",
    )
    before = read_corrections(signal.corrections.decrypt_bytes() if signal.corrections else None)
    signal.corrections = write_corrections({**before, **values})
    signal.confirmed = []
    _log_correction(signal, values, reason=reason.strip(), now=now, by=by)
    names = ", ".join(sorted(values))
    release_signal(signal=signal, action="correct", reason=f"{names}: {reason.strip()}", now=now, by=by)
    return signal


def _log_correction(
    signal: InterviewSignal, values: Mapping[str, str], *, reason: str, now: datetime, by: User
) -> None:
    """Write it into the access log; contacts go through the meter, as wherever staff give them."""
    if contacts := CONTACTS & values.keys():
        take_reveals(
            user=by,
            action="correct_address",
            subject=f"signal:{signal.pk}",
            branch=signal.branch,
            about=None,
            purpose=", ".join(sorted(contacts)),
            values=len(contacts),
            now=now,
        )
    log_disclosure(
        user=by,
        action="correct_signal",
        subject=f"signal:{signal.pk}",
        branch=signal.branch,
        purpose=f"{', '.join(sorted(values))}: {reason}"[:200],
        now=now,
    )


@transaction.atomic
def dismiss_signal(*, signal_id: UUID, reason: str, now: datetime, by: User) -> InterviewSignal:
    """Give a quarantined signal up, with a written reason; the body is kept.

    Raises:
        Conflict: it is not in quarantine any more.
        ReasonMissing: no reason given.
    """
    if not reason.strip():
        raise ReasonMissing
    signal = lock_quarantined(signal_id)
    history.move(signal, to=SignalState.DISMISSED, action="dismiss", now=now, by=by, reason=reason.strip())
    lapse_reviews(signal=signal, now=now)
    return signal


def lock_quarantined(signal_id: UUID) -> InterviewSignal:
    """The row, locked for this transaction.

    Raises:
        Conflict: it is not in quarantine any more.
    """
    signal = InterviewSignal.objects.select_for_update().get(pk=signal_id)
    if signal.state != SignalState.QUARANTINED:
        raise Conflict(_("This result has already been handled by someone else."))
    return signal


def release_signal(*, signal: InterviewSignal, action: str, reason: str, now: datetime, by: User) -> None:
    """Send a locked signal back into the line; what waits for a second person has lapsed."""
    signal.quarantine_reason = signal.quarantine_detail = ""
    history.move(signal, to=SignalState.RECEIVED, action=action, now=now, by=by, reason=reason)
    lapse_reviews(signal=signal, now=now)
    wake(INGEST_TASK)


def lapse_reviews(*, signal: InterviewSignal, now: datetime) -> None:
    """Nobody needs to confirm any more what was proposed of a locked signal."""
    MatchReview.objects.filter(signal=signal, state=MatchState.PROPOSED).update(
        state=MatchState.LAPSED, decided_at=now
    )
