"""From an application to its notice and back; notices know applications only by ``subject_ref``."""

from notifications.enums import LIVE_NOTICE_STATES, NoticeState
from notifications.models import Notice
from recruitment.models import Application


def notice_of(application: Application) -> Notice | None:
    """The application's notice in force: the live or answered one, if any."""
    return (
        Notice.objects.filter(subject_ref=application.pk, state__in=[*LIVE_NOTICE_STATES, NoticeState.CLOSED])
        .select_related("review_policy")
        .order_by("-composed_at")
        .first()
    )
