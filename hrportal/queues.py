"""What waits for whom: each kind of people's work, said once.

My work shows the rows one by one; the navigation counts them at the page where they are done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, QuerySet, TextChoices, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy

from branches.access import Access, Permission
from branches.queries.approvals import open_requests
from branches.queries.calendar import calendar_to_renew, year_to_renew
from branches.queries.exports import exports_to_approve, open_alarms, open_disclosure_alarms
from hrportal.alerts.queries import unread_alerts
from hrportal.kernel import clocks
from hrportal.kernel.models import FailedRow
from hrportal.kernel.sweeps import ATTEMPTS_FOR_A_PERSON
from notifications.queries.follow_ups import open_follow_ups
from notifications.queries.reviews import own_branches, waiting_reviews
from performance.queries.hires import open_differences
from performance.queries.recommendations import waiting_recommendations
from recruitment.queries.confirmations import open_confirmations
from recruitment.queries.duplicates import open_pairs
from recruitment.queries.onboarding import open_tasks
from recruitment.queries.quarantine import quarantined_signals, without_rule
from recruitment.queries.releases import open_releases
from recruitment.queries.reply_classification import replies_for_people
from recruitment.queries.returned import editable_notices

# Of one process: more than there are people at work on it, and a few megabytes.
MOST_STATEMENTS = 500
_statements: dict[tuple[object, ...], tuple[str, tuple[Any, ...]]] = {}
# Administration sees a checklist item this long before it is due.
ONBOARDING_AHEAD = timedelta(days=7)
INBOX = "inbox"


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
    CALENDAR = "calendar", gettext_lazy("Renew the calendar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Rows that wait for a person, and how one of them reads in My work. ``""`` means none.

    Attributes:
        permission: whoever lacks it is not asked about, unless they have the next one.
        or_permission: of those to whom it may be passed up.
        rows: those that wait where the viewer may act.
        place: the page of the navigation that counts them.
        kind: what a line of My work is called; None where the page alone shows them.
        page: the name of the address where it is done, with the row's ``key`` if ``opens_row``.
        name: of the person or thing: a column, as the next ones.
        branch: the name of the branch.
        position: the relation that leads to it; its name is in the viewer's language.
        due: the deadline, or with ``is_since`` when it began to wait.
        ahead: shown from so long before the deadline on; None for always.
        detail: a code or words; ``{language}`` is ``en`` or ``zh``.
        is_escalated: whether the rows have ``escalated_to``.
    """

    permission: Permission
    rows: Callable[[Access], QuerySet[Any]]
    or_permission: Permission | None = None
    place: str = ""
    kind: TaskKind | None = None
    page: str = ""
    due: str = ""
    name: str = ""
    branch: str = "branch__name"
    position: str = ""
    detail: str = ""
    key: str = "pk"
    opens_row: bool = True
    is_since: bool = False
    is_escalated: bool = False
    ahead: timedelta | None = None

    def is_for(self, access: Access) -> bool:
        """Whether such rows may wait for this viewer."""
        return access.has_permission(self.permission) or (
            self.or_permission is not None and access.has_permission(self.or_permission)
        )


def failed_rows(access: Access) -> QuerySet[FailedRow]:
    """Rows that failed so often that a person has to look."""
    if not access.has_permission(Permission.RUN_PIPELINE):
        return FailedRow.objects.none()
    return FailedRow.objects.filter(attempts__gte=ATTEMPTS_FOR_A_PERSON)


QUEUES = (
    Queue(
        permission=Permission.FOLLOW_UP,
        rows=quarantined_signals,
        place="quarantine",
        kind=TaskKind.QUARANTINE,
        page="quarantine_signal",
        due="received_at",
        detail="quarantine_reason",
        is_since=True,
    ),
    Queue(
        permission=Permission.FOLLOW_UP,
        rows=open_pairs,
        place="duplicates",
        kind=TaskKind.DUPLICATE,
        page="duplicate",
        due="found_at",
        name="person__name",
        detail="state",
        is_since=True,
    ),
    Queue(
        permission=Permission.COMPOSE_NOTICE,
        rows=without_rule,
        place="no_rule",
        kind=TaskKind.NO_RULE,
        page="no_rule",
        due="state_at",
        name="person__name",
        position="position",
        opens_row=False,
        is_since=True,
    ),
    Queue(
        permission=Permission.CONFIRM_NEED,
        or_permission=Permission.COMPOSE_NOTICE,
        rows=open_confirmations,
        place="confirmations",
        kind=TaskKind.CONFIRMATION,
        page="confirmations",
        due="due_at",
        name="application__person__name",
        branch="application__branch__name",
        position="application__position",
        opens_row=False,
        is_escalated=True,
    ),
    Queue(
        permission=Permission.REVIEW_NOTICE,
        rows=waiting_reviews,
        place="reviews",
        kind=TaskKind.REVIEW,
        page="review",
        due="due_at",
        name="recipient__name",
        position="position",
        is_escalated=True,
    ),
    Queue(
        permission=Permission.REVIEW_NOTICE,
        rows=open_releases,
        place="releases",
        kind=TaskKind.RELEASE,
        page="releases",
        due="due_at",
        name="claim__application__person__name",
        position="claim__application__position",
        opens_row=False,
        is_escalated=True,
    ),
    Queue(
        permission=Permission.COMPOSE_NOTICE,
        rows=editable_notices,
        kind=TaskKind.RETURNED,
        page="returned_notice",
        due="due_at",
        name="recipient__name",
        position="position",
        is_escalated=True,
    ),
    Queue(
        permission=Permission.FOLLOW_UP,
        rows=open_follow_ups,
        place="follow_ups",
        kind=TaskKind.FOLLOW_UP,
        page="follow_up",
        due="due_at",
        name="label",
        position="notice__position",
        detail="kind",
        is_escalated=True,
    ),
    Queue(
        permission=Permission.PREPARE_ONBOARDING,
        rows=open_tasks,
        kind=TaskKind.ONBOARDING,
        page="onboarding",
        due="due_on",
        name="application__person__name",
        branch="application__branch__name",
        position="application__position",
        detail="item__name_{language}",
        opens_row=False,
        ahead=ONBOARDING_AHEAD,
    ),
    Queue(
        permission=Permission.SIGN_RECOMMENDATIONS,
        rows=waiting_recommendations,
        place="recommendations",
        kind=TaskKind.RECOMMENDATION,
        page="recommendation",
        due="state_at",
        name="season",
        position="position",
        detail="state",
        is_since=True,
    ),
    Queue(
        permission=Permission.RECORD_PERFORMANCE,
        rows=open_differences,
        kind=TaskKind.RECORD_DIFFERENCE,
        page="hire",
        due="sent_at",
        name="hire__employee_no",
        branch="hire__branch__name",
        position="hire__position",
        key="hire_id",
        is_since=True,
    ),
    Queue(
        # Whoever may approve anything has it.
        permission=Permission.CHANGE_OFFER,
        rows=open_requests,
        place="approvals",
        kind=TaskKind.APPROVAL,
        page="approvals",
        due="asked_at",
        name="asked_by__display_name",
        detail="kind",
        opens_row=False,
        is_since=True,
    ),
    Queue(
        permission=Permission.REVIEW_NOTICE,
        rows=exports_to_approve,
        place="exports",
        kind=TaskKind.EXPORT,
        page="export",
        due="asked_at",
        name="asked_by__display_name",
        detail="purpose",
        is_since=True,
    ),
    Queue(
        permission=Permission.REVIEW_NOTICE,
        rows=open_alarms,
        place="exports",
        kind=TaskKind.EXPORT_ALARM,
        page="export",
        due="ready_at",
        name="asked_by__display_name",
        detail="purpose",
        is_since=True,
    ),
    Queue(
        permission=Permission.REVIEW_NOTICE,
        rows=open_disclosure_alarms,
        place="exports",
        kind=TaskKind.DISCLOSURE_ALARM,
        page="disclosure_alarm",
        due="raised_at",
        name="user__display_name",
        branch="",
        is_since=True,
    ),
    Queue(
        permission=Permission.MANAGE_BRANCHES,
        rows=calendar_to_renew,
        place="calendar",
        kind=TaskKind.CALENDAR,
        page="calendar",
        due="renew_by",
        branch="name",
        opens_row=False,
    ),
    Queue(permission=Permission.FOLLOW_UP, rows=replies_for_people, place="replies"),
    Queue(permission=Permission.RUN_PIPELINE, rows=failed_rows, place="operations"),
)


def waiting(access: Access) -> dict[str, int]:
    """How many rows wait at each page of the navigation, and what is unread in the inbox: one query, once for each request's user object."""
    remembered: dict[str, int] | None = access.user.__dict__.get("_waiting")
    if remembered is None:
        remembered = access.user.__dict__["_waiting"] = _count(access)
    return remembered


def _count(access: Access) -> dict[str, int]:
    counts: dict[str, int] = {}
    for place, n in fetched(access, "navigation", lambda: _counted(access)):
        counts[place] = counts.get(place, 0) + n
    return counts


def _counted(access: Access) -> QuerySet[Any, Any]:
    counted = [(queue.place, queue.rows(access)) for queue in QUEUES if queue.place]
    first, *others = (
        rows.order_by().annotate(t_place=Value(place)).values_list("t_place").annotate(n=Count("pk"))
        for place, rows in [*counted, (INBOX, unread_alerts(access))]
    )
    union: QuerySet[Any, Any] = first.union(*others, all=True)
    return union


def fetched(access: Access, what: object, write: Callable[[], QuerySet[Any, Any]]) -> list[tuple[Any, ...]]:
    """The rows of a query over many tables whose SQL depends on the rights, the calendar and on ``what`` alone.

    To write it takes Django many times as long as PostgreSQL needs to answer it, so it is kept for equal ones.
    """
    missing = year_to_renew(today=timezone.localdate(clocks.now()))
    key = access.key, frozenset(own_branches(access)), missing, what
    if key not in _statements:
        try:
            written = write().query.sql_with_params()
        except EmptyResultSet:
            written = "", ()
        if len(_statements) >= MOST_STATEMENTS:
            _statements.clear()
        _statements[key] = written
    sql, params = _statements[key]
    if not sql:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
