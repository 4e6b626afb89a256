"""From an application to its notice and back; notices know applications only by ``subject_ref``."""

from django.db.models import QuerySet

from notifications.enums import LIVE_NOTICE_STATES, NoticeState
from notifications.models import Notice
from recruitment.enums import ApplicationState
from recruitment.models import Application

# Where the answer to a notice is what the application stands on. One that was opened again has left it behind.
ANSWERED_STATES = (ApplicationState.ACCEPTED, ApplicationState.READY, ApplicationState.DECLINED)


def notice_of(application: Application) -> Notice | None:
    """The application's notice in force: the live one, or the one whose answer stands, if any."""
    return notices_in_force(application).select_related("review_policy").first()


def notices_in_force(application: Application) -> QuerySet[Notice]:
    """The same as a query, the newest first."""
    states = [*LIVE_NOTICE_STATES]
    if application.state in ANSWERED_STATES:
        states.append(NoticeState.CLOSED)
    return Notice.objects.filter(subject_ref=application.pk, state__in=states).order_by("-composed_at")
