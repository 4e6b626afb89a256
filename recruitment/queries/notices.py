"""From an application to its notice and back; notices know applications only by ``subject_ref``."""

from notifications.enums import LIVE_NOTICE_STATES, NoticeState
from notifications.models import Notice
from recruitment.enums import ApplicationState
from recruitment.models import Application

# Where the answer to a notice is what the application stands on. One that was opened again has left it behind.
ANSWERED_STATES = (ApplicationState.ACCEPTED, ApplicationState.READY, ApplicationState.DECLINED)


def notice_of(application: Application) -> Notice | None:
    """The application's notice in force: the live one, or the one whose answer stands, if any."""
    states = [*LIVE_NOTICE_STATES]
    if application.state in ANSWERED_STATES:
        states.append(NoticeState.CLOSED)
    return (
        Notice.objects.filter(subject_ref=application.pk, state__in=states)
        .select_related("review_policy")
        .order_by("-composed_at")
        .first()
    )
