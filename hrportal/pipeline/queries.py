"""How many rows wait at each stage, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.models import FailedRow
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.sweeps import ATTEMPTS_FOR_A_PERSON, Sweep
from notifications.enums import OPEN_DELIVERY_STATES, DeliveryState, FollowUpState, NoticeState
from notifications.models import Delivery, FollowUp, Notice, NoticeEvent, Receipt
from recruitment.enums import ApplicationState, ClassificationState, ConfirmationState, SignalState
from recruitment.models import Application, Confirmation, InterviewSignal, Reply

A_DAY = timedelta(days=1)
# What was cancelled or skipped was never handed to anybody.
COUNTED_STATES = [
    state for state in DeliveryState if state not in (DeliveryState.CANCELLED, DeliveryState.SKIPPED)
]
MOST_FAILED = 50


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
    """Every stage in the order of the path: one query."""
    waiting = _waiting(now=now)
    first, *others = (part.counted(number) for number, part in enumerate(waiting))
    counted = {number: (n, oldest) for number, n, oldest in first.union(*others, all=True)}
    found = [(part, *counted.get(number, (0, None))) for number, part in enumerate(waiting)]
    return [
        Stage(key=part.key, label=part.label, is_machine=part.is_machine, waiting=n, oldest=oldest)
        for part, n, oldest in found
    ]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The rows of a stage, and the column that says since when each waits."""

    key: str
    label: str | Promise
    rows: QuerySet[Any]
    since: str
    is_machine: bool = False

    def counted(self, number: int) -> QuerySet[Any, Any]:
        """One row: ``number``, how many wait, since when."""
        rows = self.rows.order_by().annotate(stage=Value(number)).values_list("stage")
        counted: QuerySet[Any, Any] = rows.annotate(n=Count("pk"), oldest=Min(self.since))
        return counted


def _waiting(*, now: datetime) -> list[_Waiting]:
    signals, deliveries = InterviewSignal.objects, Delivery.objects
    planned = deliveries.filter(state=DeliveryState.PLANNED, due_at__lte=now)
    return [
        _Waiting(
            "signals_to_take_in",
            _("Interview results to process"),
            signals.filter(state=SignalState.RECEIVED),
            "received_at",
            is_machine=True,
        ),
        _Waiting(
            "signals_in_quarantine",
            _("Invalid interview results"),
            signals.filter(state=SignalState.QUARANTINED),
            "received_at",
        ),
        _Waiting(
            "passes_to_decide",
            _("Passed candidates to match"),
            _applications(ApplicationState.TO_DECIDE),
            "state_at",
            is_machine=True,
        ),
        _Waiting(
            "passes_without_rule",
            _("Passed candidates without a matching rule"),
            _applications(ApplicationState.NO_RULE),
            "state_at",
        ),
        _Waiting(
            "confirmations_open",
            _("Confirmations open"),
            Confirmation.objects.filter(state=ConfirmationState.OPEN),
            "opened_at",
        ),
        _Waiting(
            "notices_in_review",
            _("Notices in review"),
            Notice.objects.filter(state__in=[NoticeState.IN_REVIEW, NoticeState.RETURNED]),
            "composed_at",
        ),
        _Waiting("deliveries_due", _("Deliveries due"), planned, "due_at", is_machine=True),
        _Waiting(
            "deliveries_being_sent",
            _("Deliveries being sent"),
            deliveries.filter(state=DeliveryState.SENDING),
            "claimed_at",
            is_machine=True,
        ),
        _Waiting(
            "deliveries_unknown",
            _("Deliveries with unknown outcome"),
            deliveries.filter(state=DeliveryState.UNKNOWN),
            "claimed_at",
        ),
        _Waiting(
            "receipts_to_apply",
            _("Receipts to process"),
            Receipt.objects.filter(outcome=""),
            "received_at",
            is_machine=True,
        ),
        _Waiting(
            "notice_events_to_take",
            _("Notice events to process"),
            NoticeEvent.objects.filter(consumed_at__isnull=True),
            "at",
            is_machine=True,
        ),
        _Waiting(
            "replies_to_understand",
            _("Replies to classify"),
            Reply.objects.filter(classification_state=ClassificationState.PENDING),
            "at",
            is_machine=True,
        ),
        _Waiting(
            "follow_ups_open",
            _("Follow-ups open"),
            FollowUp.objects.filter(state=FollowUpState.OPEN),
            "opened_at",
        ),
    ]


@bank_wide("how many rows wait, whose they are is not asked")
def deliveries_by_channel(*, now: datetime) -> list[dict[str, Any]]:
    """Deliveries by channel, one number for each of ``COUNTED_STATES``: one query that indexes answer.

    Of open states all that there are, of ended ones those handed to a provider within the last day:
    counting all that ever ended would read the whole table.
    """
    rows = Delivery.objects.order_by().values_list("channel", "state")
    planned = rows.filter(state=DeliveryState.PLANNED)
    in_flight = rows.filter(state__in=[DeliveryState.SENDING, DeliveryState.UNKNOWN])
    ended = rows.filter(claimed_at__gte=now - A_DAY).exclude(state__in=OPEN_DELIVERY_STATES)
    first, *others = (part.annotate(n=Count("*")) for part in (planned, in_flight, ended))
    return _pivot(first.union(*others, all=True))


@dataclass(frozen=True, slots=True)
class FailedSweep:
    """A sweep that has set rows aside: how many, and those that failed longest, some of them."""

    name: str
    label: str | Promise
    total: int
    rows: list[FailedRow]


def failed_sweeps() -> list[FailedSweep]:
    """Sweeps with failed rows, by name: two queries."""
    totals = dict(FailedRow.objects.values_list("sweep").annotate(n=Count("pk")).order_by("sweep"))
    oldest = FailedRow.objects.order_by("-attempts", "first_failed_at")[:MOST_FAILED] if totals else []
    known = Sweep.registered
    return [
        FailedSweep(
            name, known[name].label if name in known else name, n, [r for r in oldest if r.sweep == name]
        )
        for name, n in totals.items()
    ]


def failed_by_sweep() -> list[tuple[str, int, int]]:
    """Each sweep with how many rows it has set aside, and for how many of them a person is needed."""
    known = dict.fromkeys(Sweep.registered, (0, 0))
    for_a_person = Count("pk", filter=Q(attempts__gte=ATTEMPTS_FOR_A_PERSON))
    counted = FailedRow.objects.values_list("sweep").annotate(n=Count("pk"), people=for_a_person)
    known |= {name: (n, people) for name, n, people in counted}
    return [(name, n, people) for name, (n, people) in sorted(known.items())]


def _applications(state: ApplicationState) -> QuerySet[Application]:
    return Application.objects.filter(state=state)


def _pivot(counted: Iterable[tuple[str, str, int]]) -> list[dict[str, Any]]:
    channels: dict[str, dict[str, int]] = {}
    for channel, state, n in counted:
        channels.setdefault(channel, {})[state] = n
    return [
        {"channel": channel, "counts": [states.get(state, 0) for state in COUNTED_STATES]}
        for channel, states in channels.items()
    ]
