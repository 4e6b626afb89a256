"""Candidates as staff may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.access import Access, Permission
from branches.queries import path_of
from branches.queries.staff import contact_at
from hrportal.kernel.scopes import bank_wide
from notifications.enums import NoticeEvidence
from notifications.models import Notice
from recruitment.enums import ApplicationState, Verdict
from recruitment.models import Application, Claim
from recruitment.queries.searching import of_application

# A department learns of a candidate once the candidate is meant for it.
HIDDEN_FROM_DEPARTMENTS = (ApplicationState.FAILED, ApplicationState.TO_DECIDE, ApplicationState.HELD)
VIEWS: dict[str, Q] = {
    "": Q(),
    "passed": Q(result__verdict=Verdict.PASS),
    "held": Q(state=ApplicationState.HELD),
    "no_rule": Q(state=ApplicationState.NO_RULE),
    "unread": Q(state=ApplicationState.NOTIFIED, evidence__lt=NoticeEvidence.READ),
    "accepted": Q(state__in=[ApplicationState.ACCEPTED, ApplicationState.READY]),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list of candidates is narrowed to; what is empty narrows nothing."""

    view: str = ""
    words: str = ""
    state: str = ""
    branch_path: str = ""
    position: str = ""
    season: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """All that a branch may learn of an application elsewhere: the stage, and whom to call."""

    stage: str
    branch: str
    contact: str
    phone: str


def visible_applications(access: Access) -> QuerySet[Application]:
    """HR sees the applications at its branches, a department those that were meant for it."""
    for_hr = access.limit(Application.objects.all(), Permission.SEE_CANDIDATES)
    for_departments = access.limit(
        Application.objects.exclude(state__in=HIDDEN_FROM_DEPARTMENTS), Permission.CONFIRM_NEED
    )
    if not access.has_permission(Permission.CONFIRM_NEED):
        return for_hr
    return for_hr | for_departments if access.has_permission(Permission.SEE_CANDIDATES) else for_departments


def contacts_of(access: Access) -> QuerySet[Application]:
    """Applications whose documents and addresses the viewer may see."""
    return access.limit(Application.objects.all(), Permission.SEE_CONTACTS)


def wanted_of(cleaned: Mapping[str, Any]) -> Wanted:
    """A filter as the form cleaned it, or as an export kept it: with dates as texts."""
    return Wanted(
        view=cleaned.get("view", ""),
        words=cleaned.get("q", "").strip(),
        state=cleaned.get("state", ""),
        branch_path=path_of(cleaned.get("branch", "")),
        position=cleaned.get("position", ""),
        season=cleaned.get("season", ""),
        since=_day(cleaned.get("since")),
        until=_day(cleaned.get("until")),
    )


def narrowed(
    rows: QuerySet[Application], wanted: Wanted, *, contacts: QuerySet[Application]
) -> QuerySet[Application]:
    """Rows as a list shows them, with state and evidence of their newest notice: one query in all.

    ``contacts`` as in ``searching.of_application``.
    """
    newest = Notice.objects.filter(subject_ref=OuterRef("pk")).order_by("-composed_at")
    rows = rows.annotate(
        evidence=Subquery(newest.values("evidence")[:1]), notice_state=Subquery(newest.values("state")[:1])
    ).filter(VIEWS.get(wanted.view, Q()))
    if wanted.words:
        rows = rows.filter(of_application(wanted.words, contacts=contacts))
    if wanted.branch_path:
        rows = rows.filter(branch__path__startswith=wanted.branch_path)
    for column, value in (
        ("state", wanted.state),
        ("position__code", wanted.position),
        ("season", wanted.season),
    ):
        if value:
            rows = rows.filter(**{column: value})
    if wanted.since:
        rows = rows.filter(state_at__gte=_midnight(wanted.since))
    if wanted.until:
        rows = rows.filter(state_at__lt=_midnight(wanted.until + timedelta(days=1)))
    # What is encrypted or long is not even loaded for a list.
    return rows.select_related("person", "branch", "position", "result").defer(
        "trace", "person__id_number", "person__id_index", "person__search_key", "result__dimensions"
    )


@bank_wide("the duplicate check")
def admitted_elsewhere(application: Application, *, now: datetime) -> Elsewhere | None:
    """Where a held application's person is admitted, asked bank-wide; whoever shows it logs it."""
    if application.state != ApplicationState.HELD:
        return None
    claim = (
        Claim.objects.filter(person_id=application.person_id, released_at__isnull=True)
        .select_related("application__branch")
        .first()
    )
    if claim is None:
        return None
    other = claim.application
    contact = contact_at(other.branch, now=now)
    return Elsewhere(
        stage=other.get_state_display(),
        branch=other.branch.name,
        contact=str(contact) if contact else str(_("Human Resources")),
        phone=other.branch.phone,
    )


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# The rungs that a notice climbs, each with the column that has its time.
ESTIMATES = (
    (NoticeEvidence.ACCEPTED, "sent_at"),
    (NoticeEvidence.DELIVERED, "delivered_at"),
    (NoticeEvidence.READ, "read_at"),
    (NoticeEvidence.REPLIED, "replied_at"),
)


def evidence_steps_of(notice: Notice) -> list[tuple[str, datetime | None, bool]]:
    """Label, time and whether it is reached, for each rung of evidence."""
    return [(str(rung.label), getattr(notice, column), notice.evidence >= rung) for rung, column in ESTIMATES]
