"""What is still under way, by name. Where all is zero, nothing will happen by itself any more."""

from datetime import datetime

from django.db import transaction

from hrportal.pipeline.queries import stages
from notifications.enums import (
    OPEN_DELIVERY_STATES,
    DeliveryState,
    FollowUpKind,
    FollowUpState,
    NoticeEvidence,
    NoticeState,
)
from notifications.models import Delivery, Notice
from recruitment.enums import ApplicationState
from recruitment.models import OnboardingTask

# Follow-ups, quarantine and passes without a rule are not here: a person may have them tomorrow.
DESKS = frozenset({"confirmations_open", "notices_in_review"})


@transaction.atomic
def open_work(*, desks: bool, now: datetime) -> dict[str, int]:
    """What the portal's workers have before them and, with ``desks``, what lies before people."""
    unknown = Delivery.objects.filter(state=DeliveryState.UNKNOWN)
    # Sent in full and not read, and the moment to ask a person is still to come.
    silent = (
        Notice.objects.filter(state=NoticeState.SENT, evidence__lt=NoticeEvidence.READ)
        .exclude(deliveries__state__in=OPEN_DELIVERY_STATES)
        .exclude(follow_ups__kind=FollowUpKind.UNREAD)
        .exclude(follow_ups__state=FollowUpState.OPEN)
    )
    checklists = OnboardingTask.objects.filter(
        done_at__isnull=True, application__state=ApplicationState.ACCEPTED
    )
    return {
        stage.key.replace("_", " "): stage.waiting
        for stage in stages(now=now)
        if stage.is_machine or (desks and stage.key in DESKS)
    } | {
        "deliveries planned": Delivery.objects.filter(state=DeliveryState.PLANNED).count(),
        "sends to settle": unknown.exclude(follow_ups__kind=FollowUpKind.UNKNOWN_SEND).count(),
        "silent candidates to hand over": silent.count(),
        "checklists open": checklists.count() if desks else 0,
    }
