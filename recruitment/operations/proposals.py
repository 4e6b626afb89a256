"""The first day that waits for one side's answer: at most one for an application."""

from datetime import date, datetime

from branches.models import User
from recruitment.enums import ProposalState
from recruitment.models import Application, FirstDayProposal


def propose_day(*, application: Application, day: date, now: datetime, by: User | None) -> None:
    """Put a day before the other side; ``by`` is None where the candidate did. It answers what waited before."""
    end_proposal(application=application, state=ProposalState.COUNTERED, now=now)
    FirstDayProposal.objects.create(application=application, day=day, at=now, by=by)


def end_proposal(*, application: Application, state: ProposalState, now: datetime) -> None:
    """Say what became of the day that waits, if one does."""
    FirstDayProposal.objects.filter(application=application, state=ProposalState.OPEN).update(
        state=state, decided_at=now
    )
