"""What is still under way, by name. An empty answer means that nothing will happen by itself any more."""

from collections.abc import Callable

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

Count = Callable[[], int]


def machine_work() -> dict[str, int]:
    """What the portal's own workers have before them, by name; only what is not zero."""
    return _counted(
        {
            "signals to take in": InterviewSignal.objects.filter(state=SignalState.RECEIVED).count,
            "applications to decide": Application.objects.filter(state=ApplicationState.TO_DECIDE).count,
            "messages planned": Delivery.objects.filter(state=DeliveryState.PLANNED).count,
            "messages being sent": Delivery.objects.filter(state=DeliveryState.SENDING).count,
            "sends to settle": _unsettled_sends,
            "receipts to apply": Receipt.objects.filter(outcome="").count,
            "events to take": NoticeEvent.objects.filter(consumed_at__isnull=True).count,
            "silent candidates to hand over": _silent,
        }
    )


def desk_work() -> dict[str, int]:
    """What lies on people's desks and would end the day unfinished, by name; only what is not zero.

    Follow-ups, quarantine and passes without a rule are not here: a person may have them tomorrow.
    """
    reviews = Notice.objects.filter(state__in=[NoticeState.IN_REVIEW, NoticeState.RETURNED])
    return _counted(
        {
            "confirmations open": Confirmation.objects.filter(state=ConfirmationState.OPEN).count,
            "reviews open": reviews.count,
            "checklists open": OnboardingTask.objects.filter(
                done_at__isnull=True, application__state=ApplicationState.ACCEPTED
            ).count,
        }
    )


def _counted(counts: dict[str, Count]) -> dict[str, int]:
    with transaction.atomic():
        found = {name: count() for name, count in counts.items()}
    return {name: number for name, number in found.items() if number}


def _unsettled_sends() -> int:
    """Unknown sends that nobody has been asked about yet."""
    unknown = Delivery.objects.filter(state=DeliveryState.UNKNOWN)
    return unknown.exclude(follow_ups__kind=FollowUpKind.UNKNOWN_SEND).count()


def _silent() -> int:
    """Notices that were sent in full and not read, for which the moment to ask a person is still to come."""
    return (
        Notice.objects.filter(state=NoticeState.SENT, evidence__lt=NoticeEvidence.READ)
        .exclude(deliveries__state__in=OPEN_DELIVERY_STATES)
        .exclude(follow_ups__kind=FollowUpKind.UNREAD)
        .exclude(follow_ups__state=FollowUpState.OPEN)
        .count()
    )
