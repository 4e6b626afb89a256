"""A person begins to work."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from branches.models import User
from hrportal.kernel import history
from performance.models import Hire
from performance.operations.analyses import want_analyses
from recruitment.enums import ApplicationState
from recruitment.models import Application
from recruitment.operations.transitions import StateConflict, lock_application

HIREABLE_STATES = (ApplicationState.ACCEPTED, ApplicationState.READY)
# An employee number may be known before the first day, but not long before.
AHEAD = timedelta(days=31)


class EmployeeNumberTaken(Exception):
    """Another hire has this employee number."""


class AlreadyHired(Exception):
    """The application has a hire with another number or first day."""


class FirstDayImpossible(Exception):
    """The first day is before the acceptance (``is_early``), or more than ``AHEAD`` from now."""

    def __init__(self, *, accepted_on: date, is_early: bool) -> None:
        super().__init__(accepted_on.isoformat())
        self.accepted_on, self.is_early = accepted_on, is_early


@transaction.atomic
def record_hire(
    *, application: Application, employee_no: str, onboarded_on: date, now: datetime, by: User | None = None
) -> Hire:
    """An accepted candidate has begun to work; the same again returns the hire that is known.

    Raises:
        StateConflict: the candidate has not accepted.
        FirstDayImpossible: nobody begins before the acceptance, nor is recorded long before the day.
        EmployeeNumberTaken: the number belongs to another hire.
        AlreadyHired: the application has another hire.
    """
    application = lock_application(application.pk)
    known = Hire.objects.filter(application=application).first()
    if known is not None:
        if (known.employee_no, known.onboarded_on) != (employee_no, onboarded_on):
            raise AlreadyHired
        return known
    if application.state not in HIREABLE_STATES:
        raise StateConflict(application.get_state_display())
    _check_day(onboarded_on, application, now=now)
    try:
        with transaction.atomic():
            hire = Hire.objects.create(
                employee_no=employee_no,
                application=application,
                branch=application.branch,
                position=application.position,
                season=application.season,
                onboarded_on=onboarded_on,
                recorded_at=now,
            )
    except IntegrityError:
        raise EmployeeNumberTaken from None
    history.record(application, action="hire", now=now, by=by)
    want_analyses(season=hire.season, now=now)
    return hire


def _check_day(day: date, application: Application, *, now: datetime) -> None:
    accepted = application.transitions.filter(to_state=ApplicationState.ACCEPTED).order_by("at").first()
    accepted_on = timezone.localdate(accepted.at if accepted else application.state_at)
    if day < accepted_on or day > timezone.localdate(now) + AHEAD:
        raise FirstDayImpossible(accepted_on=accepted_on, is_early=day < accepted_on)
