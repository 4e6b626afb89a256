"""How many rows wait at each stage, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.scopes import bank_wide
from notifications.enums import DeliveryState, FollowUpState, NoticeState
from notifications.models import Delivery, FollowUp, Notice, NoticeEvent, Receipt
from recruitment.enums import ApplicationState, ConfirmationState, ReadingState, SignalState
from recruitment.models import Application, Confirmation, InterviewSignal, Reply


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the path, with its waiting rows counted.

    Attributes:
        key: the stage's name for machines; never changes.
        is_machine: workers empty it, so age is a fault; otherwise it waits for people.
        oldest: when the oldest waiting row came; None when nothing waits.
    """

    key: str
    label: str | Promise
    is_machine: bool
    waiting: int
    oldest: datetime | None


@bank_wide("how many rows wait, whose they are is not asked")
def stages(*, now: datetime) -> list[Stage]:
    """Every stage in the order of the path: one query each."""
    signals, deliveries = InterviewSignal.objects, Delivery.objects
    planned = deliveries.filter(state=DeliveryState.PLANNED, due_at__lte=now)
    return [
        _stage(
            "signals_to_take_in",
            _("Signals to take in"),
            signals.filter(state=SignalState.RECEIVED),
            "received_at",
            is_machine=True,
        ),
        _stage(
            "signals_in_quarantine",
            _("Signals in quarantine"),
            signals.filter(state=SignalState.QUARANTINED),
            "received_at",
        ),
        _stage(
            "passes_to_decide",
            _("Passes to decide"),
            _applications(ApplicationState.TO_DECIDE),
            "state_at",
            is_machine=True,
        ),
        _stage(
            "passes_without_rule",
            _("Passes without a rule"),
            _applications(ApplicationState.NO_RULE),
            "state_at",
        ),
        _stage(
            "confirmations_open",
            _("Confirmations open"),
            Confirmation.objects.filter(state=ConfirmationState.OPEN),
            "opened_at",
        ),
        _stage(
            "notices_in_review",
            _("Notices in review"),
            Notice.objects.filter(state__in=[NoticeState.IN_REVIEW, NoticeState.RETURNED]),
            "composed_at",
        ),
        _stage("deliveries_due", _("Deliveries due"), planned, "due_at", is_machine=True),
        _stage(
            "deliveries_being_sent",
            _("Deliveries being sent"),
            deliveries.filter(state=DeliveryState.SENDING),
            "claimed_at",
            is_machine=True,
        ),
        _stage(
            "deliveries_unknown",
            _("Deliveries of unknown outcome"),
            deliveries.filter(state=DeliveryState.UNKNOWN),
            "claimed_at",
        ),
        _stage(
            "receipts_to_apply",
            _("Receipts to apply"),
            Receipt.objects.filter(outcome=""),
            "received_at",
            is_machine=True,
        ),
        _stage(
            "notice_events_to_take",
            _("News of notices to take"),
            NoticeEvent.objects.filter(consumed_at__isnull=True),
            "at",
            is_machine=True,
        ),
        _stage(
            "replies_to_understand",
            _("Replies to understand"),
            Reply.objects.filter(reading_state=ReadingState.PENDING),
            "at",
            is_machine=True,
        ),
        _stage(
            "follow_ups_open",
            _("Follow-ups open"),
            FollowUp.objects.filter(state=FollowUpState.OPEN),
            "opened_at",
        ),
    ]


@bank_wide("how many rows wait, whose they are is not asked")
def deliveries_by_channel() -> list[dict[str, Any]]:
    """How many deliveries stand in each state, by channel: one query."""
    counted = Delivery.objects.values_list("channel", "state").annotate(n=Count("pk")).order_by("channel")
    return _pivot(counted)


def _applications(state: ApplicationState) -> QuerySet[Application]:
    return Application.objects.filter(state=state)


def _stage(
    key: str, label: str | Promise, rows: QuerySet[Any], column: str, *, is_machine: bool = False
) -> Stage:
    found = rows.order_by().aggregate(waiting=Count("pk"), oldest=Min(column))
    return Stage(
        key=key, label=label, is_machine=is_machine, waiting=found["waiting"], oldest=found["oldest"]
    )


def _pivot(counted: Iterable[tuple[str, str, int]]) -> list[dict[str, Any]]:
    channels: dict[str, dict[str, int]] = {}
    for channel, state, n in counted:
        channels.setdefault(channel, {})[state] = n
    return [
        {"channel": channel, "counts": [states.get(state, 0) for state in DeliveryState.values]}
        for channel, states in channels.items()
    ]
