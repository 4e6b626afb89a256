"""What needs the viewer, across every kind of work their permissions allow: one query."""

from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    DateTimeField,
    F,
    IntegerField,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from branches.access import Access
from branches.calendar.working_time import end_of_day
from branches.enums import ApprovalKind
from hrportal.queues import QUEUES, Queue, TaskKind, fetched
from notifications.enums import FollowUpKind
from notifications.queries.reviews import own_branches
from performance.enums import RecommendationState
from recruitment.enums import MatchState, QuarantineReason

MOST_SHOWN = 50
BY_KIND = {queue.kind: queue for queue in QUEUES if queue.kind}
DETAILS = (
    dict(FollowUpKind.choices)
    | dict(QuarantineReason.choices)
    | dict(RecommendationState.choices)
    | dict(MatchState.choices)
    | dict(ApprovalKind.choices)
)


@dataclass(frozen=True, slots=True)
class Task:
    """One queue. ``due_at`` is the deadline, or since when it waits if ``is_since``."""

    kind: TaskKind
    name: str
    place: str
    position: str
    detail: str
    due_at: datetime
    is_since: bool
    is_late: bool
    is_escalated: bool
    url: str


@dataclass(frozen=True, slots=True)
class Work:
    """The oldest tasks, and how many there are of each kind."""

    tasks: list[Task]
    counts: dict[TaskKind, int]


def work_of(access: Access, *, now: datetime, kind: str = "") -> Work:
    """The ``MOST_SHOWN`` oldest tasks of all kinds (or of one), and the number of every kind.

    What was passed up to the viewer's own branches stands before all that others may still do.
    """
    queues = [(kind, queue) for kind, queue in BY_KIND.items() if queue.is_for(access)]
    if not queues:
        return Work([], {})

    def oldest() -> QuerySet[Any, Any]:
        parts = (_part(kind, queue, access, today=today, language=language) for kind, queue in queues)
        first, *rest = (part.order_by("t_in_time", "t_due")[:MOST_SHOWN] for part in parts)
        return first.union(*rest, all=True) if rest else first

    language = "en" if (get_language() or "").startswith("en") else "zh"
    today = timezone.localdate(now)
    rows = fetched(access, (language, today), oldest)
    counts = {TaskKind(row[0]): row[-1] for row in rows}
    shown = sorted((row for row in rows if not kind or row[0] == kind), key=itemgetter(8, 6))
    ours = own_branches(access)
    return Work(
        tasks=[_task(row, now=now, ours=ours) for row in shown[:MOST_SHOWN]],
        counts={kind: counts[kind] for kind in TaskKind if kind in counts},
    )


def _part(kind: TaskKind, queue: Queue, access: Access, *, today: date, language: str) -> QuerySet[Any, Any]:
    """The rows in the columns of all kinds; the last one counts them all, whatever is cut off later."""
    rows = queue.rows(access)
    if queue.ahead is not None:
        rows = rows.filter(**{f"{queue.due}__lte": today + queue.ahead})
    columns = {
        "t_kind": Value(kind.value),
        "t_key": Cast(queue.key, CharField()),
        "t_name": _column(queue.name),
        "t_branch": _column(queue.branch),
        "t_position": _column(queue.position and f"{queue.position}__name_{language}"),
        "t_detail": _column(queue.detail.format(language=language)),
        "t_due": Cast(queue.due, DateTimeField()),
        "t_escalated": F("escalated_to_id") if queue.is_escalated else Cast(Value(None), BigIntegerField()),
        "t_in_time": _is_not_escalated(queue, access),
        "t_total": Window(Count("pk")),
    }
    part: QuerySet[Any, Any] = rows.order_by().annotate(**columns).values_list(*columns)
    return part


def _is_not_escalated(queue: Queue, access: Access) -> Case | Value:
    """0 for what was escalated to the viewer's branches, 1 for all else: what was comes first."""
    if not queue.is_escalated:
        return Value(1)
    return Case(When(escalated_to__in=own_branches(access), then=0), default=1, output_field=IntegerField())


def _column(path: str) -> F | Value:
    return F(path) if path else Value("")


def _task(row: tuple[Any, ...], *, now: datetime, ours: set[int]) -> Task:
    kind = TaskKind(row[0])
    queue = BY_KIND[kind]
    _kind, key, name, branch, position, detail, due_at, escalated_to, _in_time, _total = row
    if kind is TaskKind.ONBOARDING:
        # The column is a date, and holds until its end.
        due_at = end_of_day(due_at.date())
    return Task(
        kind=kind,
        name=name or "",
        place=branch or "",
        position=position or "",
        detail=str(DETAILS.get(detail, detail)),
        due_at=due_at,
        is_since=queue.is_since,
        is_late=not queue.is_since and due_at < now,
        is_escalated=escalated_to in ours,
        url=reverse(queue.page, args=[key] if queue.opens_row else []),
    )
