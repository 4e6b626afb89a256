"""Who is to be recorded as hired, who was, and one hire's months beside what the notice promised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from branches.access import Access, Permission
from branches.queries import path_of
from hrportal.kernel.search import as_codes, spelled
from performance.models import Hire, PerformanceRecord, RecordCorrection, RecordDifference
from performance.queries.targets import NotifiedTarget, notified_targets_of
from recruitment.enums import ApplicationState, DifferenceState
from recruitment.models import Application

# First days so near are on the list already.
NEAR = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is narrowed to; what is empty narrows nothing."""

    words: str = ""
    branch_path: str = ""
    position: str = ""
    season: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One target as it was promised, and what was reached.

    Attributes:
        notified_target: as the notice named it.
        reached: mean of the months at hand, None where the target was never measured.
        months: how many months that is.
        share: reached over promised.
    """

    notified_target: NotifiedTarget
    reached: float | None
    months: int
    share: float | None


def visible_hires(access: Access) -> QuerySet[Hire]:
    """Hires where the viewer records performance."""
    return access.limit(Hire.objects.all(), Permission.RECORD_PERFORMANCE)


def open_differences(access: Access) -> QuerySet[RecordDifference]:
    """Months that were sent otherwise than they are held, where the viewer records performance."""
    rows = RecordDifference.objects.filter(state=DifferenceState.OPEN)
    return access.limit(rows, Permission.RECORD_PERFORMANCE, via="hire__")


def to_hire(access: Access) -> QuerySet[Application]:
    """Accepted candidates without a hire, wherever the viewer records performance."""
    rows = Application.objects.filter(
        state__in=[ApplicationState.ACCEPTED, ApplicationState.READY], hire__isnull=True
    )
    return access.limit(rows, Permission.RECORD_PERFORMANCE)


def due_to_hire(access: Access, *, now: datetime) -> QuerySet[Application]:
    """Those of them whose first day has come or is near, as a list shows them."""
    rows = to_hire(access).filter(onboarding_on__lte=timezone.localdate(now) + NEAR)
    return rows.select_related("person", "branch", "position").only(
        "ref",
        "season",
        "state",
        "onboarding_on",
        "person__name",
        "branch__name",
        "position__name_zh",
        "position__name_en",
    )


def listed_hires(access: Access) -> QuerySet[Hire]:
    """Hires as a list shows them: name, number of months, last month and the mean score of all."""
    months = (
        PerformanceRecord.objects.filter(hire=OuterRef("pk"))
        .order_by()
        .values("hire")
        .annotate(n=Count("pk"))
    )
    return (
        visible_hires(access)
        .annotate(
            n_months=Subquery(months.values("n")),
            last_month=Subquery(months.annotate(last=Max("period")).values("last")),
        )
        .select_related("application__person", "branch", "position")
        .only(
            "employee_no",
            "season",
            "onboarded_on",
            "recorded_at",
            "application__person__name",
            "branch__name",
            "position__name_zh",
            "position__name_en",
        )
    )


def wanted_of(cleaned: Mapping[str, Any]) -> Wanted:
    """A filter as the form cleaned it."""
    return Wanted(
        words=cleaned.get("q", "").strip(),
        branch_path=path_of(cleaned.get("branch", "")),
        position=cleaned.get("position", ""),
        season=cleaned.get("season", ""),
    )


def narrowed_applications(rows: QuerySet[Application], wanted: Wanted) -> QuerySet[Application]:
    """By name or reference, subtree, position, season."""
    if wanted.words:
        rows = rows.filter(Q(ref__in=as_codes(wanted.words)) | spelled(wanted.words, "person__search_key"))
    return rows.filter(_where(wanted))


def narrowed_hires(rows: QuerySet[Hire], wanted: Wanted) -> QuerySet[Hire]:
    """By employee number or name, subtree, position, season."""
    if wanted.words:
        rows = rows.filter(
            Q(employee_no__in=as_codes(wanted.words))
            | spelled(wanted.words, "application__person__search_key")
        )
    return rows.filter(_where(wanted))


def months_of(hire: Hire) -> list[PerformanceRecord]:
    """The newest month first, with who recorded it."""
    return list(hire.records.select_related("recorded_by").order_by("-period"))


def corrections_of(hire: Hire) -> list[RecordCorrection]:
    """What months said before, the newest correction first."""
    rows = RecordCorrection.objects.filter(record__hire=hire).select_related("record", "by")
    return list(rows.order_by("-at", "-id"))


def reached_targets(hire: Hire, months: list[PerformanceRecord]) -> list[Kept]:
    """Every target of the notice beside the mean of the months; measured by what was promised then."""
    if hire.application is None:
        return []
    return [_kept(notified_target, months) for notified_target in notified_targets_of(hire.application)]


def _kept(notified_target: NotifiedTarget, months: list[PerformanceRecord]) -> Kept:
    values = [
        month.metrics[notified_target.code] for month in months if notified_target.code in month.metrics
    ]
    if not values:
        return Kept(notified_target, None, 0, None)
    reached = sum(values) / len(values)
    return Kept(
        notified_target,
        reached,
        len(values),
        reached / notified_target.threshold if notified_target.threshold else None,
    )


def _where(wanted: Wanted) -> Q:
    found = Q()
    if wanted.branch_path:
        found &= Q(branch__path__startswith=wanted.branch_path)
    if wanted.position:
        found &= Q(position__code=wanted.position)
    if wanted.season:
        found &= Q(season=wanted.season)
    return found
