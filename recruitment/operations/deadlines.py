"""What time does to applications: departments are reminded and escalated, offers expire."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from branches.queries import parent_of
from notifications.enums import NoticeState
from notifications.models import Notice
from notifications.operations.stopping import expire_notice
from recruitment.enums import ApplicationState, ClaimRelease, ConfirmationState
from recruitment.models import Application, Confirmation
from recruitment.operations.claims import lock_person, release_claim
from recruitment.operations.moves import lock_application, move_application, note_application

BATCH = 100


@transaction.atomic
def escalate_confirmations(*, now: datetime) -> int:
    """Remind departments whose answer is due soon, escalate those overdue; returns how many moved."""
    rows = (
        Confirmation.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=ConfirmationState.OPEN)
        .select_related("application__branch", "application__rule__review_policy", "escalated_to")
        .order_by("due_at")[:BATCH]
    )
    return sum(_remind_or_escalate(row, now=now) for row in rows)


def _remind_or_escalate(row: Confirmation, *, now: datetime) -> bool:
    application = row.application
    rule = application.rule
    if rule is None:
        return False
    policy = rule.review_policy
    if row.due_at > now:
        if row.reminded_at or row.due_at > now + timedelta(minutes=policy.remind_minutes_before):
            return False
        row.reminded_at = now
        note_application(application=application, verb="remind", now=now)
    else:
        parent = parent_of(row.escalated_to or application.branch)
        note_application(
            application=application, verb="escalate", now=now, reason=parent.code if parent else ""
        )
        row.escalated_to = parent or row.escalated_to
        row.due_at = now + timedelta(minutes=policy.confirm_minutes)
    row.save(update_fields=["reminded_at", "escalated_to", "due_at"])
    return True


def expire_offers(*, now: datetime) -> int:
    """End offers whose time to reply is over; their claims are released. Returns how many ended."""
    late = Notice.objects.filter(state=NoticeState.SENT, reply_by__lte=now).values_list("subject_ref", "pk")[
        :BATCH
    ]
    return sum(_expire(application_id, notice_id, now=now) for application_id, notice_id in late)


@transaction.atomic
def _expire(application_id: UUID, notice_id: UUID, *, now: datetime) -> bool:
    lock_person(Application.objects.only("person_id").get(pk=application_id).person_id)
    application = lock_application(application_id)
    if expire_notice(notice_id=notice_id, now=now) is None:
        return False
    move_application(application=application, to=ApplicationState.EXPIRED, verb="expire", now=now)
    release_claim(application=application, release=ClaimRelease.EXPIRED, now=now)
    return True
