"""What needs the viewer, across every kind of work their powers allow: one query."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    F,
    QuerySet,
    TextChoices,
    Value,
    Window,
)
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy

from branches.access import Access, Power
from branches.enums import ApprovalKind
from branches.queries.approvals import open_requests
from branches.queries.exports import exports_to_approve, open_alarms, open_disclosure_alarms
from notifications.enums import FollowUpKind, FollowUpState, NoticeState
from notifications.models import FollowUp, Notice
from notifications.queries.reviews import own_branches
from performance.enums import RecommendationState
from performance.queries.hires import open_differences
from performance.queries.recommendations import waiting_recommendations
from recruitment.enums import ApplicationState, ConfirmationState, MatchState, QuarantineReason, SignalState
from recruitment.models import Application, Confirmation, InterviewSignal, OnboardingTask
from recruitment.queries.duplicates import open_pairs
from recruitment.queries.releases import open_releases

MOST_SHOWN = 50
# Administration sees a checklist item this long before it is due.
ONBOARDING_AHEAD = timedelta(days=7)
END_OF_WORK = time(18)
COLUMNS = (
    "t_kind",
    "t_key",
    "t_name",
    "t_place",
    "t_position",
    "t_detail",
    "t_due",
    "t_escalated",
    "t_total",
)


class TaskKind(TextChoices):
    """The kinds of work, in the order of the path."""

    QUARANTINE = "quarantine", gettext_lazy("Invalid results")
    DUPLICATE = "duplicate", gettext_lazy("Possible duplicate record")
    NO_RULE = "no_rule", gettext_lazy("No matching rule")
    CONFIRMATION = "confirmation", gettext_lazy("Confirmation")
    REVIEW = "review", gettext_lazy("Review")
    RELEASE = "release", gettext_lazy("Release request")
    RETURNED = "returned", gettext_lazy("Returned notice")
    FOLLOW_UP = "follow_up", gettext_lazy("Follow-up")
    ONBOARDING = "onboarding", gettext_lazy("Onboarding")
    RECOMMENDATION = "recommendation", gettext_lazy("Recommendation")
    RECORD_DIFFERENCE = "record_difference", gettext_lazy("Conflicting month")
    APPROVAL = "approval", gettext_lazy("Approval request")
    EXPORT = "export", gettext_lazy("Export to approve")
    EXPORT_ALARM = "export_alarm", gettext_lazy("Unusual volume of exports")
    DISCLOSURE_ALARM = "disclosure_alarm", gettext_lazy("Unusual number of sensitive values viewed")


# These have no deadline of their own; what counts is how long they have waited.
WAITING_SINCE = (
    TaskKind.QUARANTINE,
    TaskKind.DUPLICATE,
    TaskKind.NO_RULE,
    TaskKind.RECOMMENDATION,
    TaskKind.RECORD_DIFFERENCE,
    TaskKind.APPROVAL,
    TaskKind.EXPORT,
    TaskKind.EXPORT_ALARM,
    TaskKind.DISCLOSURE_ALARM,
)
PAGES: dict[TaskKind, tuple[str, bool]] = {
    TaskKind.QUARANTINE: ("quarantine_signal", True),
    TaskKind.DUPLICATE: ("duplicate", True),
    TaskKind.NO_RULE: ("no_rule", False),
    TaskKind.CONFIRMATION: ("confirmations", False),
    TaskKind.REVIEW: ("review", True),
    TaskKind.RELEASE: ("releases", False),
    TaskKind.RETURNED: ("returned_notice", True),
    TaskKind.FOLLOW_UP: ("follow_up", True),
    TaskKind.ONBOARDING: ("onboarding", False),
    TaskKind.RECOMMENDATION: ("recommendation", True),
    TaskKind.RECORD_DIFFERENCE: ("hire", True),
    TaskKind.APPROVAL: ("approvals", False),
    TaskKind.EXPORT: ("export", True),
    TaskKind.EXPORT_ALARM: ("export", True),
    TaskKind.DISCLOSURE_ALARM: ("disclosure_alarm", True),
}
DETAILS = (
    dict(FollowUpKind.choices)
    | dict(QuarantineReason.choices)
    | dict(RecommendationState.choices)
    | dict(MatchState.choices)
    | dict(ApprovalKind.choices)
)
Part = Callable[[Access, datetime], QuerySet[Any, Any]]


@dataclass(frozen=True, slots=True)
class Task:
    """One line. ``due_at`` is the deadline, or since when it waits if ``is_since``."""

    kind: TaskKind
    name: str
    place: str
    position: str
    detail: str
    due_at: datetime
    is_since: bool
    is_late: bool
    is_passed_up: bool
    url: str


@dataclass(frozen=True, slots=True)
class Work:
    """The oldest tasks, and how many there are of each kind."""

    tasks: list[Task]
    counts: dict[TaskKind, int]


def work_of(access: Access, *, now: datetime, kind: str = "") -> Work:
    """The ``MOST_SHOWN`` oldest tasks of all kinds (or of one), and the number of every kind."""
    parts = [part(access, now) for power, part in PARTS if access.may(power)]
    if not parts:
        return Work([], {})
    first, *rest = (part.order_by("t_due")[:MOST_SHOWN] for part in parts)
    rows = list(first.union(*rest, all=True)) if rest else list(first)
    counts = {TaskKind(row[0]): row[-1] for row in rows}
    shown = sorted((row for row in rows if not kind or row[0] == kind), key=lambda row: row[6])
    ours = own_branches(access)
    return Work(
        tasks=[_task(row, now=now, ours=ours) for row in shown[:MOST_SHOWN]],
        counts={kind: counts[kind] for kind in TaskKind if kind in counts},
    )


def _task(row: tuple[Any, ...], *, now: datetime, ours: set[int]) -> Task:
    kind = TaskKind(row[0])
    _kind, key, name, place, position, detail, due_at, escalated_to, _total = row
    if kind is TaskKind.ONBOARDING:
        # The column is a date; the day's work is over at its end.
        due_at = timezone.make_aware(datetime.combine(due_at.date(), END_OF_WORK))
    is_since = kind in WAITING_SINCE
    return Task(
        kind=kind,
        name=name or "",
        place=place or "",
        position=position or "",
        detail=str(DETAILS.get(detail, detail)),
        due_at=due_at,
        is_since=is_since,
        is_late=not is_since and due_at < now,
        is_passed_up=escalated_to in ours,
        url=_url(kind, key),
    )


def _url(kind: TaskKind, key: str) -> str:
    page, has_key = PAGES[kind]
    return reverse(page, args=[key] if has_key else [])


def _part(
    rows: QuerySet[Any], kind: TaskKind, *, name: str, place: str, position: str, due: str, **more: Any
) -> QuerySet[Any, Any]:
    """The rows in the common columns; ``t_total`` counts them all, whatever is cut off later."""
    common: QuerySet[Any, Any] = rows.annotate(
        t_kind=Value(kind.value),
        t_key=Cast(more.get("key", "pk"), CharField()),
        t_name=F(name) if name else Value(""),
        t_place=F(place),
        t_position=F(position) if position else Value(""),
        t_detail=more.get("detail", Value("")),
        t_due=Cast(due, DateTimeField()),
        t_escalated=more.get("escalated", Cast(Value(None), BigIntegerField())),
        t_total=Window(Count("pk")),
    ).values_list(*COLUMNS)
    return common


def _position(via: str = "") -> str:
    return f"{via}position__name_en" if (get_language() or "").startswith("en") else f"{via}position__name_zh"


def _quarantine(access: Access, now: datetime) -> QuerySet[Any, Any]:
    rows = InterviewSignal.objects.filter(state=SignalState.QUARANTINED)
    return _part(
        access.limit(rows, Power.FOLLOW_UP),
        TaskKind.QUARANTINE,
        name="",
        place="branch__name",
        position="",
        due="received_at",
        detail=F("quarantine_reason"),
    )


def _duplicates(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        open_pairs(access),
        TaskKind.DUPLICATE,
        name="person__name",
        place="branch__name",
        position="",
        due="found_at",
        detail=F("state"),
    )


def _no_rule(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        access.limit(Application.objects.filter(state=ApplicationState.NO_RULE), Power.COMPOSE_NOTICE),
        TaskKind.NO_RULE,
        name="person__name",
        place="branch__name",
        position=_position(),
        due="state_at",
    )


def _confirmations(access: Access, now: datetime) -> QuerySet[Any, Any]:
    rows = Confirmation.objects.filter(state=ConfirmationState.OPEN)
    return _part(
        access.limit(rows, Power.CONFIRM_NEED, via="application__"),
        TaskKind.CONFIRMATION,
        name="application__person__name",
        place="application__branch__name",
        position=_position("application__"),
        due="due_at",
        escalated=F("escalated_to_id"),
    )


def _notices(state: NoticeState, kind: TaskKind, power: Power) -> Part:
    def part(access: Access, now: datetime) -> QuerySet[Any, Any]:
        return _part(
            access.limit(Notice.objects.filter(state=state), power),
            kind,
            name="recipient__name",
            place="branch__name",
            position=_position(),
            due="due_at",
            escalated=F("escalated_to_id"),
        )

    return part


def _releases(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        open_releases(access),
        TaskKind.RELEASE,
        name="claim__application__person__name",
        place="branch__name",
        position=_position("claim__application__"),
        due="due_at",
        escalated=F("escalated_to_id"),
    )


def _follow_ups(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        access.limit(FollowUp.objects.filter(state=FollowUpState.OPEN), Power.FOLLOW_UP),
        TaskKind.FOLLOW_UP,
        name="label",
        place="branch__name",
        position=_position("notice__"),
        due="due_at",
        detail=F("kind"),
        escalated=F("escalated_to_id"),
    )


def _onboarding(access: Access, now: datetime) -> QuerySet[Any, Any]:
    until = timezone.localdate(now + ONBOARDING_AHEAD)
    english = (get_language() or "").startswith("en")
    return _part(
        access.limit(
            OnboardingTask.objects.filter(
                done_at__isnull=True, due_on__lte=until, application__state=ApplicationState.ACCEPTED
            ),
            Power.PREPARE_ONBOARDING,
            via="application__",
        ),
        TaskKind.ONBOARDING,
        name="application__person__name",
        place="application__branch__name",
        position=_position("application__"),
        due="due_on",
        detail=F("item__name_en" if english else "item__name_zh"),
    )


def _recommendations(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        waiting_recommendations(access),
        TaskKind.RECOMMENDATION,
        name="season",
        place="branch__name",
        position=_position(),
        due="state_at",
        detail=F("state"),
    )


def _record_differences(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        open_differences(access),
        TaskKind.RECORD_DIFFERENCE,
        name="hire__employee_no",
        place="hire__branch__name",
        position=_position("hire__"),
        due="sent_at",
        key="hire_id",
    )


def _approvals(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        open_requests(access),
        TaskKind.APPROVAL,
        name="asked_by__display_name",
        place="branch__name",
        position="",
        due="asked_at",
        detail=F("kind"),
    )


def _exports(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        exports_to_approve(access),
        TaskKind.EXPORT,
        name="asked_by__display_name",
        place="branch__name",
        position="",
        due="asked_at",
        detail=F("purpose"),
    )


def _export_alarms(access: Access, now: datetime) -> QuerySet[Any, Any]:
    return _part(
        open_alarms(access),
        TaskKind.EXPORT_ALARM,
        name="asked_by__display_name",
        place="branch__name",
        position="",
        due="ready_at",
        detail=F("purpose"),
    )


def _disclosure_alarms(access: Access, now: datetime) -> QuerySet[Any, Any]:
    rows = open_disclosure_alarms(access).annotate(nowhere=Value(""))
    return _part(
        rows,
        TaskKind.DISCLOSURE_ALARM,
        name="user__display_name",
        place="nowhere",
        position="",
        due="raised_at",
    )


PARTS: tuple[tuple[Power, Part], ...] = (
    (Power.FOLLOW_UP, _quarantine),
    (Power.FOLLOW_UP, _duplicates),
    (Power.COMPOSE_NOTICE, _no_rule),
    (Power.CONFIRM_NEED, _confirmations),
    (Power.REVIEW_NOTICE, _notices(NoticeState.IN_REVIEW, TaskKind.REVIEW, Power.REVIEW_NOTICE)),
    (Power.REVIEW_NOTICE, _releases),
    (Power.COMPOSE_NOTICE, _notices(NoticeState.RETURNED, TaskKind.RETURNED, Power.COMPOSE_NOTICE)),
    (Power.FOLLOW_UP, _follow_ups),
    (Power.PREPARE_ONBOARDING, _onboarding),
    (Power.SIGN_RECOMMENDATIONS, _recommendations),
    (Power.RECORD_PERFORMANCE, _record_differences),
    (Power.MANAGE_STAFF, _approvals),
    (Power.REVIEW_NOTICE, _exports),
    (Power.REVIEW_NOTICE, _export_alarms),
    (Power.REVIEW_NOTICE, _disclosure_alarms),
)
