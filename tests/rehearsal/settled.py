"""What is still under way, by name. Where all is zero, nothing will happen by itself any more."""

from django.db import transaction

from notifications.enums import (
    OPEN_DELIVERY_STATES,
    DeliveryState,
    FollowUpKind,
    FollowUpState,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Delivery, Notice, NoticeEvent, Receipt
from recruitment.enums import ApplicationState, ConfirmationState, SignalState
from recruitment.models import Application, Confirmation, InterviewSignal, OnboardingTask


@transaction.atomic
def open_work(*, desks: bool) -> dict[str, int]:
    """What the portal's workers have before them and, with ``desks``, what lies before people.

    Follow-ups, quarantine and passes without a rule are not here: a person may have them tomorrow.
    """
    deliveries = Delivery.objects.all()
    unknown = deliveries.filter(state=DeliveryState.UNKNOWN)
    # Sent in full and not read, and the moment to ask a person is still to come.
    silent = (
        Notice.objects.filter(state=NoticeState.SENT, evidence__lt=NoticeEvidence.READ)
        .exclude(deliveries__state__in=OPEN_DELIVERY_STATES)
        .exclude(follow_ups__kind=FollowUpKind.UNREAD)
        .exclude(follow_ups__state=FollowUpState.OPEN)
    )
    machines = {
        "signals to take in": InterviewSignal.objects.filter(state=SignalState.RECEIVED),
        "applications to decide": Application.objects.filter(state=ApplicationState.TO_DECIDE),
        "messages planned": deliveries.filter(state=DeliveryState.PLANNED),
        "messages being sent": deliveries.filter(state=DeliveryState.SENDING),
        "sends to settle": unknown.exclude(follow_ups__kind=FollowUpKind.UNKNOWN_SEND),
        "receipts to apply": Receipt.objects.filter(outcome=""),
        "events to take": NoticeEvent.objects.filter(consumed_at__isnull=True),
        "silent candidates to hand over": silent,
    }
    people = {
        "confirmations open": Confirmation.objects.filter(state=ConfirmationState.OPEN),
        "reviews open": Notice.objects.filter(state__in=[NoticeState.IN_REVIEW, NoticeState.RETURNED]),
        "checklists open": OnboardingTask.objects.filter(
            done_at__isnull=True, application__state=ApplicationState.ACCEPTED
        ),
    }
    return {name: rows.count() for name, rows in (machines | (people if desks else {})).items()}
