"""How hiring went in a period: counts and durations of a branch and all below, no person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, DurationField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Substr, TruncWeek

from branches.models import Branch, Position
from hrportal.kernel.durations import Percentile
from notifications.enums import DeliveryState, NoticeEvidence
from notifications.models import Delivery, FollowUp, Notice
from performance.analytics.figures import Funnel, Group, Messages, Step
from performance.models import Hire
from recruitment.enums import ACCEPTED_STATES, ApplicationState, ConfirmationState
from recruitment.models import Application, Confirmation

TAKEN = F("sent_at") - F("signalled_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The candidates whose pass reached the portal from ``start`` until before ``end``, at a branch and all below."""

    branch: Branch
    position: Position | None
    start: datetime
    end: datetime

    @property
    def before(self) -> "Cohort":
        """The same place over a period of the same length just before."""
        start = self.start - (self.end - self.start)
        return Cohort(branch=self.branch, position=self.position, start=start, end=self.start)

    def applications(self) -> QuerySet[Application]:
        """Those that passed."""
        rows = Application.objects.filter(passed_at__gte=self.start, passed_at__lt=self.end)
        return self._here(rows)

    def notices(self) -> QuerySet[Notice]:
        """Their notices, sent or not."""
        return self._here(Notice.objects.filter(signalled_at__gte=self.start, signalled_at__lt=self.end))

    def _here(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if not self.branch.is_root():
            rows = rows.filter(branch__path__startswith=self.branch.path)
        return rows.filter(position=self.position) if self.position else rows


def funnel(cohort: Cohort) -> Funnel:
    """Every stage of the path: four queries."""
    of_confirmation = Confirmation.objects.filter(
        application=OuterRef("pk"), state=ConfirmationState.CONFIRMED
    )
    people = cohort.applications().aggregate(
        passed=Count("pk"),
        held=Count("pk", filter=Q(state=ApplicationState.HELD)),
        confirmed=Count("pk", filter=Exists(of_confirmation)),
        accepted=Count("pk", filter=Q(state__in=ACCEPTED_STATES)),
        first_day=Count("pk", filter=Exists(Hire.objects.filter(application=OuterRef("pk")))),
    )
    notices = cohort.notices().aggregate(
        reviewed=Count("subject_ref", distinct=True, filter=Q(approved_at__isnull=False)),
        **_reached(),
        **_durations(TAKEN, Q(sent_at__isnull=False)),
    )
    alive = Notice.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("sent_at")),
        recipient=OuterRef("recipient"),
        sent_at__lt=OuterRef("sent_at"),
    )
    twice = cohort.notices().filter(Exists(alive), sent_at__isnull=False).values("recipient").distinct()
    follow_ups = FollowUp.objects.filter(notice__in=cohort.notices().values("pk"))
    return Funnel(**people, **notices, twice=twice.count(), follow_ups=follow_ups.count())


def steps(cohort: Cohort) -> Mapping[str, Step]:
    """What each step of the path took, by its name: two queries."""
    found: dict[str, Step] = {}
    confirmations = Confirmation.objects.filter(
        application__in=cohort.applications().values("pk"), decided_at__isnull=False
    )
    spans = {
        "confirm": (confirmations, {"confirm": ("opened_at", "decided_at")}),
        "notice": (
            cohort.notices(),
            {
                "review": ("composed_at", "approved_at"),
                "send": ("approved_at", "sent_at"),
                "read": ("sent_at", "read_at"),
                "answer": ("read_at", "replied_at"),
            },
        ),
    }
    for rows, named in spans.values():
        wanted: dict[str, Any] = {}
        for name, (begin, end) in named.items():
            both = Q(**{f"{begin}__isnull": False, f"{end}__isnull": False})
            durations = _durations(F(end) - F(begin), both)
            wanted[f"{name}_rows"] = Count("pk", filter=both)
            wanted |= {f"{name}_{key}": value for key, value in durations.items()}
        row = rows.aggregate(**wanted)
        for name in named:
            found[name] = Step(**{key: row[f"{name}_{key}"] for key in ("rows", "median", "p90")})
    return found


def by_branch(cohort: Cohort) -> list[Group]:
    """The branch itself and each branch just below with all under it; ``key`` is its path."""
    return _groups(cohort.notices(), key=_place(cohort))


def by_position(cohort: Cohort) -> list[Group]:
    """Each position; ``key`` is its key."""
    return _groups(cohort.notices(), key=F("position_id"))


def by_text(cohort: Cohort) -> list[Group]:
    """Each published version of a base; ``key`` is the version's key."""
    return _groups(cohort.notices(), key=F("base_version_id"))


def by_week(cohort: Cohort) -> list[Group]:
    """Each week that has a pass; ``key`` is its Monday."""
    return _groups(cohort.notices(), key=TruncWeek("signalled_at"))


def by_branch_and_week(cohort: Cohort) -> dict[tuple[str, date], timedelta | None]:
    """Path of a branch and Monday to the median time until its candidates were notified: one query."""
    rows = (
        cohort.notices()
        .filter(sent_at__isnull=False)
        .annotate(place=_place(cohort), week=TruncWeek("signalled_at"))
        .values("place", "week")
        .annotate(median=Percentile(TAKEN, fraction=0.5, output_field=DurationField()))
    )
    return {(row["place"], row["week"].date()): row["median"] for row in rows}


def by_channel(cohort: Cohort) -> list[Messages]:
    """Each channel that carried something: one query."""
    rows = Delivery.objects.filter(notice__in=cohort.notices().values("pk"), accepted_at__isnull=False)
    found = (
        rows.values("channel")
        .annotate(
            taken=Count("pk"),
            delivered=Count("pk", filter=Q(state__in=[DeliveryState.DELIVERED, DeliveryState.READ])),
            read=Count("pk", filter=Q(state=DeliveryState.READ)),
            failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
        )
        .order_by("channel")
    )
    return [Messages(**row) for row in found]


def _place(cohort: Cohort) -> Substr:
    path: str = cohort.branch.path
    return Substr("branch__path", 1, len(path) + Branch.steplen)


def _groups(rows: QuerySet[Notice], *, key: Any) -> list[Group]:
    """One query; sorted by key."""
    found: Any = (
        rows.annotate(key=key)
        .values("key")
        .annotate(**_reached(), **_durations(TAKEN, Q(sent_at__isnull=False)))
        .order_by("key")
    )
    return [Group(**row) for row in found]


def _reached() -> dict[str, Count]:
    """Candidates, not notices: who was written to again counts once."""
    levels = {
        "delivered": NoticeEvidence.DELIVERED,
        "read": NoticeEvidence.READ,
        "answered": NoticeEvidence.REPLIED,
    }
    was_sent = Q(sent_at__isnull=False)
    return {"sent": Count("subject_ref", distinct=True, filter=was_sent)} | {
        name: Count("subject_ref", distinct=True, filter=was_sent & Q(evidence__gte=level))
        for name, level in levels.items()
    }


def _durations(span: Any, rows: Q) -> dict[str, Percentile]:
    return {
        name: Percentile(span, fraction=fraction, filter=rows, output_field=DurationField())
        for name, fraction in (("median", 0.5), ("p90", 0.9))
    }
