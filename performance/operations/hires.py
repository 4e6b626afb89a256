"""A person begins to work."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from branches.models import User
from performance.models import Hire
from performance.operations.analyses import want_analyses
from recruitment.enums import ApplicationState
from recruitment.models import Application
from recruitment.operations.moves import StateConflict, lock_application, note_application

HIREABLE_STATES = (ApplicationState.ACCEPTED, ApplicationState.READY)


class EmployeeNumberTaken(Exception):
    """Another hire has this employee number, or this application another one."""


@transaction.atomic
def record_hire(
    *, application: Application, employee_no: str, onboarded_on: date, now: datetime, by: User | None = None
) -> Hire:
    """An accepted candidate has begun to work; the same again returns the hire that is known.

    Raises:
        StateConflict: the candidate has not accepted.
        EmployeeNumberTaken: the number, or the application, belongs to another hire.
    """
    application = lock_application(application.pk)
    known = Hire.objects.filter(application=application).first()
    if known is not None:
        if (known.employee_no, known.onboarded_on) != (employee_no, onboarded_on):
            raise EmployeeNumberTaken
        return known
    if application.state not in HIREABLE_STATES:
        raise StateConflict(application.get_state_display())
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
    note_application(application=application, verb="hire", now=now, by=by)
    want_analyses(season=hire.season, now=now)
    return hire
