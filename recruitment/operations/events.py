"""News of notices, taken from the outbox that notifications writes."""

from datetime import datetime

from django.db import transaction

from notifications.enums import NoticeEventKind
from notifications.models import NoticeEvent
from recruitment.enums import ApplicationState, ClaimRelease
from recruitment.models import Application
from recruitment.operations.claims import lock_person, release_claim
from recruitment.operations.moves import lock_application, move_application


def consume_notice_events(*, now: datetime, limit: int = 100) -> int:
    """Take unconsumed news, in order, skipping what another worker holds; returns how many.

    Marked rows, not a cursor over ids: an id that commits late would be jumped over.
    """
    taken = 0
    while taken < limit and _consume_one(now=now):
        taken += 1
    return taken


@transaction.atomic
def _consume_one(*, now: datetime) -> bool:
    event = (
        NoticeEvent.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(consumed_at__isnull=True)
        .select_related("notice")
        .order_by("pk")
        .first()
    )
    if event is None:
        return False
    _take(event, now=now)
    event.consumed_at = now
    event.save(update_fields=["consumed_at"])
    return True


def _take(event: NoticeEvent, *, now: datetime) -> None:
    if event.kind not in (NoticeEventKind.SENT, NoticeEventKind.STOPPED):
        return
    person_id = (
        Application.objects.filter(pk=event.notice.subject_ref).values_list("person_id", flat=True).first()
    )
    if person_id is None:
        return
    lock_person(person_id)
    application = lock_application(event.notice.subject_ref)
    if application.state != ApplicationState.IN_REVIEW:
        return
    if event.kind == NoticeEventKind.SENT:
        move_application(application=application, to=ApplicationState.NOTIFIED, verb="notify", now=now)
        return
    reason = event.notice.stop_reason
    move_application(
        application=application, to=ApplicationState.STOPPED, verb="stop", now=now, reason=reason
    )
    release_claim(application=application, release=ClaimRelease.STOPPED, now=now)
