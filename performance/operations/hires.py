"""A person begins to work."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import User
from hrportal.kernel import history
from hrportal.kernel.refusals import Conflict, Refused
from performance.models import Hire
from performance.operations.analyses import want_analyses
from recruitment.enums import ApplicationState
from recruitment.models import Application
from recruitment.operations.transitions import lock_application

HIREABLE_STATES = (ApplicationState.ACCEPTED, ApplicationState.READY)
# An employee number may be known before the first day, but not long before.
AHEAD = timedelta(days=31)


@transaction.atomic
def record_hire(
    *, application: Application, employee_no: str, onboarded_on: date, now: datetime, by: User | None = None
) -> Hire:
    """An accepted candidate has begun to work; the same again returns the hire that is known.

    Raises:
        Conflict: the candidate has not accepted, or the application has another hire.
        Refused: nobody begins before the acceptance, nor is recorded long before the day; or the number belongs
            to another hire.
    """
    application = lock_application(application.pk)
    known = Hire.objects.filter(application=application).first()
    if known is not None:
        if (known.employee_no, known.onboarded_on) != (employee_no, onboarded_on):
            raise Conflict
        return known
    if application.state not in HIREABLE_STATES:
        raise Conflict
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
        raise Refused(
            _("Another employee has this number. Check it and enter the correct one."), field="employee_no"
        ) from None
    history.record(application, action="hire", now=now, by=by)
    want_analyses(season=hire.season, now=now)
    return hire


def _check_day(day: date, application: Application, *, now: datetime) -> None:
    accepted = application.transitions.filter(to_state=ApplicationState.ACCEPTED).order_by("at").first()
    accepted_on = timezone.localdate(accepted.at if accepted else application.state_at)
    if day < accepted_on:
        raise Refused(
            _("This date is before the acceptance (%(day)s). Enter the first day of work.")
            % {"day": accepted_on.isoformat()},
            field="onboarded_on",
        )
    if day > timezone.localdate(now) + AHEAD:
        raise Refused(
            _("This date is more than a month away. Record the hire closer to the first day."),
            field="onboarded_on",
        )
