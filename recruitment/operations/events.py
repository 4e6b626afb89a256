"""News of notices, taken from the outbox that notifications writes."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from hrportal.kernel import history
from hrportal.kernel.sweeps import Sweep
from notifications.enums import NoticeEventKind
from notifications.models import NoticeEvent
from recruitment.enums import ApplicationState, ClaimRelease
from recruitment.models import Application
from recruitment.operations.claims import lock_person_of, release_claim
from recruitment.operations.transitions import lock_application

CONSUME = Sweep(
    "consume_events", label=_("Processing notice events"), task="recruitment.tasks.consume_notice_events"
)


def consume_notice_events(*, now: datetime, limit: int = 100) -> int:
    """Take unconsumed news, in order, skipping what another worker holds; returns how many were looked at.

    Marked rows, not a cursor over ids: an id that commits late would be jumped over.
    """
    consuming = CONSUME.round(now=now)
    waiting = consuming.due(NoticeEvent.objects.filter(consumed_at__isnull=True).order_by("pk"))
    keys = list(waiting.values_list("pk", flat=True)[:limit])
    for pk in keys:
        with consuming.row(pk):
            _consume(pk, now=now)
    return len(keys)


def _consume(pk: int, *, now: datetime) -> None:
    event = (
        NoticeEvent.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, consumed_at__isnull=True)
        .select_related("notice")
        .first()
    )
    if event is None:
        return
    _take(event, now=now)
    event.consumed_at = now
    event.save(update_fields=["consumed_at"])


def _take(event: NoticeEvent, *, now: datetime) -> None:
    if not Application.objects.filter(pk=event.notice.subject_ref).exists():
        return
    lock_person_of(event.notice.subject_ref)
    application = lock_application(event.notice.subject_ref)
    if application.state != ApplicationState.IN_REVIEW:
        return
    if event.kind == NoticeEventKind.SENT:
        history.move(application, to=ApplicationState.NOTIFIED, action="notify", now=now)
    elif event.kind == NoticeEventKind.STOPPED:
        reason = event.notice.stop_reason
        history.move(application, to=ApplicationState.STOPPED, action="stop", now=now, reason=reason)
        release_claim(application=application, release=ClaimRelease.STOPPED, now=now)
