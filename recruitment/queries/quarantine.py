"""Signals in quarantine, and passes that no rule matched: what waits for a person of HR."""

from django.db.models import QuerySet

from branches.access import Access, Power
from recruitment.enums import ApplicationState, SignalState
from recruitment.models import Application, InterviewSignal


def quarantined_signals(access: Access) -> QuerySet[InterviewSignal]:
    """At the viewer's branches, without their sealed bodies."""
    waiting = InterviewSignal.objects.filter(state=SignalState.QUARANTINED)
    return access.limit(waiting, Power.FOLLOW_UP).select_related("branch").defer("body")


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
    return access.limit(waiting, Power.COMPOSE_NOTICE).select_related(
        "person", "branch", "position", "result"
    )
