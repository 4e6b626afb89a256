"""Signals in quarantine, and passes that no rule matched: what waits for a person of HR."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from branches.access import Access, Permission
from recruitment.correction import corrected, read_corrections
from recruitment.enums import ApplicationState, MatchState, SignalState
from recruitment.identity import Document, known_document
from recruitment.models import Application, InterviewSignal, MatchReview, SignalTransition
from recruitment.wire import Signal, parse_signal


def quarantined_signals(access: Access) -> QuerySet[InterviewSignal]:
    """At the viewer's branches, without their encrypted bodies, with ``is_proposed``: waits for a second person."""
    waiting = InterviewSignal.objects.filter(state=SignalState.QUARANTINED)
    proposed = MatchReview.objects.filter(signal=OuterRef("pk"), state=MatchState.PROPOSED)
    return (
        access.limit(waiting, Permission.FOLLOW_UP)
        .select_related("branch")
        .annotate(is_proposed=Exists(proposed))
        .defer("body", "corrections")
    )


def narrowed(
    rows: QuerySet[InterviewSignal], *, reason: str = "", branch_path: str = ""
) -> QuerySet[InterviewSignal]:
    """Those with this reason, at this branch and below."""
    if reason:
        rows = rows.filter(quarantine_reason=reason)
    if branch_path:
        rows = rows.filter(branch__path__startswith=branch_path)
    return rows


def without_rule(access: Access) -> QuerySet[Application]:
    """Passes at the viewer's branches that no rule matched."""
    waiting = Application.objects.filter(state=ApplicationState.NO_RULE)
    return access.limit(waiting, Permission.COMPOSE_NOTICE).select_related(
        "person", "branch", "position", "result"
    )


def signal_as_corrected(row: InterviewSignal) -> Signal:
    """What the signal says now.

    Raises:
        DecryptionFailed, SignalRefused: the body cannot be read.
    """
    values = read_corrections(row.corrections.decrypt_bytes() if row.corrections else None)
    return corrected(parse_signal(row.body.decrypt_bytes()), values)


def document_of_signal(signal: Signal, *, now: datetime) -> Document:
    """The document of a signal, as it is where it has no known shape."""
    candidate = signal.data.candidate
    return known_document(candidate.id_number, id_type=candidate.id_type, today=timezone.localdate(now))


def last_move_of(signal: InterviewSignal) -> SignalTransition | None:
    """The last thing that happened to a signal, with who did it."""
    return SignalTransition.objects.filter(subject=signal).select_related("by").order_by("pk").last()
