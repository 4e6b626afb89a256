"""What staff are told about: each kind of work, the rows behind its references, and who looks after them.

Most are the queues of My work; the others are news, which wait for nobody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, F, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from branches.access import Access, Permission, PermissionScope
from branches.models import User
from hrportal.models import ProviderOutage
from hrportal.queues import QUEUES, Queue, TaskKind
from recruitment.enums import ApplicationState
from recruitment.models import Application

QUESTION, ANSWER, FIRST_DAY, PROVIDER = "question", "answer", "first_day", "provider"
ANSWERED = (ApplicationState.ACCEPTED, ApplicationState.READY, ApplicationState.DECLINED)
# More rows of one kind are counted, not looked at one by one.
MOST_READ = 2_000


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work.

    Attributes:
        queue: its rows and how they read; of ``queue.key`` only where a page opens a row.
        reference: the column that an occasion names a row by.
        needs_another: whoever caused it cannot do it, so that the next level is told where nobody else is there.
    """

    label: str | Promise
    queue: Queue
    reference: str = "pk"
    needs_another: bool = False

    @property
    def permission(self) -> Permission:
        """Who may do it."""
        return self.queue.permission


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row waits: paths of the tree, empty for the whole bank; ``department`` is a code."""

    branch: str
    department: str
    escalated_to: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as one reader may know it. No name of a candidate."""

    branch: str
    position: str
    due_at: datetime | None
    url: str


def _answers(access: Access) -> QuerySet[Application]:
    return access.limit(Application.objects.filter(state__in=ANSWERED), Permission.SEE_CANDIDATES)


def _starters(access: Access) -> QuerySet[Application]:
    rows = Application.objects.filter(state__in=[ApplicationState.ACCEPTED, ApplicationState.READY])
    return access.limit(rows, Permission.PREPARE_ONBOARDING)


def _announced(access: Access) -> QuerySet[Application]:
    rows = Application.objects.filter(
        state=ApplicationState.NOTIFIED, rule__review_policy__inform_administration_at_sending=True
    )
    return access.limit(rows, Permission.PREPARE_ONBOARDING)


def _outages(access: Access) -> QuerySet[ProviderOutage]:
    rows = ProviderOutage.objects.filter(ended_at__isnull=True)
    return rows if access.has_permission(Permission.RUN_PIPELINE) else rows.none()


def _queue(kind: TaskKind) -> Queue:
    return next(queue for queue in QUEUES if queue.kind is kind)


def _news(permission: Permission, rows: Any, page: str, *, opens_row: bool = False, due: str = "") -> Queue:
    return Queue(
        permission=permission,
        rows=rows,
        page=page,
        position="position",
        opens_row=opens_row,
        due=due,
    )


WORKS: Mapping[str, Work] = {
    TaskKind.CONFIRMATION: Work(
        _("Candidates to confirm"), _queue(TaskKind.CONFIRMATION), reference="application_id"
    ),
    TaskKind.REVIEW: Work(_("Notices to review"), _queue(TaskKind.REVIEW), needs_another=True),
    TaskKind.RETURNED: Work(_("Returned notices"), _queue(TaskKind.RETURNED)),
    TaskKind.NO_RULE: Work(_("Candidates without a rule"), _queue(TaskKind.NO_RULE)),
    TaskKind.RELEASE: Work(
        _("Release requests"), _queue(TaskKind.RELEASE), reference="claim__application_id"
    ),
    QUESTION: Work(_("Questions from candidates"), _queue(TaskKind.FOLLOW_UP)),
    TaskKind.FOLLOW_UP: Work(_("Follow-ups"), _queue(TaskKind.FOLLOW_UP)),
    TaskKind.APPROVAL: Work(_("Approval requests"), _queue(TaskKind.APPROVAL), needs_another=True),
    TaskKind.EXPORT: Work(_("Exports to approve"), _queue(TaskKind.EXPORT), needs_another=True),
    ANSWER: Work(
        _("Replies from candidates"),
        _news(Permission.SEE_CANDIDATES, _answers, "candidate", opens_row=True),
    ),
    FIRST_DAY: Work(
        _("Offers sent, awaiting reply"),
        _news(Permission.PREPARE_ONBOARDING, _announced, "onboarding", due="onboarding_on"),
    ),
    TaskKind.ONBOARDING: Work(
        _("First days to prepare"),
        _news(Permission.PREPARE_ONBOARDING, _starters, "onboarding", due="onboarding_on"),
    ),
    PROVIDER: Work(
        _("Providers not accepting messages"),
        Queue(
            permission=Permission.RUN_PIPELINE, rows=_outages, page="operations", branch="", opens_row=False
        ),
    ),
}
NOBODY = User(pk=0)


def _bank() -> Access:
    """Whoever may do everything everywhere and is nobody: what waits at all."""
    return Access(
        user=NOBODY,
        grants=[],
        scopes={permission: PermissionScope(everywhere=True) for permission in Permission},
    )


def _rows(work: Work, access: Access, references: Collection[str]) -> QuerySet[Any]:
    rows = work.queue.rows(access).filter(**{f"{work.reference}__in": list(references)}).order_by()
    found: QuerySet[Any] = rows.annotate(t_reference=F(work.reference))
    return found


def places(code: str, references: Collection[str]) -> dict[str, Place]:
    """Where each row of this work waits, by reference; what waits no more is left out. One query."""
    work = WORKS[code]
    branch = work.queue.branch.removesuffix("__name")
    department = branch.removesuffix("branch") + "department__code"
    is_department = work.permission is Permission.CONFIRM_NEED
    columns = {
        "t_path": F(f"{branch}__path") if branch else Value(""),
        "t_department": F(department) if is_department else Value(""),
        "t_above": F("escalated_to__path") if work.queue.is_escalated else Value(""),
    }
    rows = _rows(work, _bank(), references).annotate(**columns)
    return {
        str(reference): Place(path, department or "", above or "")
        for reference, path, department, above in rows.values_list("t_reference", *columns)
    }


def shown(code: str, references: Collection[str], *, access: Access) -> dict[str, Shown]:
    """The rows of this work that wait still and that the reader may see, by reference. One query."""
    work = WORKS[code]
    queue = work.queue
    if not queue.is_for(access):
        return {}
    language = "en" if (get_language() or "").startswith("en") else "zh"
    columns = {
        "t_key": F(queue.key),
        "t_branch": F(queue.branch) if queue.branch else Value(""),
        "t_position": F(f"{queue.position}__name_{language}") if queue.position else Value(""),
        "t_due": F(queue.due)
        if queue.due and not queue.is_since
        else Value(None, output_field=DateTimeField()),
    }
    rows = _rows(work, access, references).annotate(**columns)[:MOST_READ]
    return {
        str(reference): Shown(
            branch or "",
            position or "",
            _moment(due),
            reverse(queue.page, args=[key] if queue.opens_row else []),
        )
        for reference, key, branch, position, due in rows.values_list("t_reference", *columns)
    }


def list_url(code: str) -> str:
    """The page with all rows of this work; the inbox where there is none."""
    queue = WORKS[code].queue
    page = queue.place or ("" if queue.opens_row else queue.page)
    return reverse(page or "inbox")


def absolute(path: str) -> str:
    """A page's address as it stands in a message."""
    return f"{settings.PUBLIC_URL}{path}"


def _moment(due: datetime | date | None) -> datetime | None:
    if due is None or isinstance(due, datetime):
        return due
    return timezone.make_aware(datetime.combine(due, time.max.replace(microsecond=0)))
