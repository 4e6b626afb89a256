"""Stored analyses, and the seasons and places they are made for."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from branches.enums import BranchLevel
from branches.models import Branch, Position
from branches.queries import head_office
from hrportal.kernel.models import FailedRow
from performance.analytics.anomalies import HIGH_SCORE, POOR_PERFORMANCE
from performance.analytics.arrays import is_known
from performance.analytics.outcomes import Earlier, OutcomeRow
from performance.analytics.plain import typed
from performance.analytics.results import Before, Report, Summary
from performance.analytics.seasons import in_time
from performance.models import Analysis, Hire, HistoricInterview, PerformanceRecord
from recruitment.models import Application

# Places that have an analysis of their own; below city level people are seen in numbers only.
LEVELS = (BranchLevel.HEAD_OFFICE, BranchLevel.PROVINCE, BranchLevel.CITY)
# Names of the sweeps that read a season and compute its analyses.
LOAD_SWEEP, COMPUTE_SWEEP = "load_season", "compute_analyses"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and for which position an analysis is made."""

    branch: Branch
    position: Position | None = None


def stored_analysis(*, season: str, branch: Branch, position: Position | None = None) -> Analysis | None:
    """The finished analysis of one scope, if there is one: one query."""
    return Analysis.objects.filter(
        season=season, branch=branch, position=position, computed_at__isnull=False
    ).first()


def report_of(analysis: Analysis) -> Report:
    """The result of a finished analysis."""
    return typed(Report, analysis.result)


def newest_analysis(*, season: str, branch: Branch, position: Position | None = None) -> Analysis | None:
    """The analysis of one scope, finished or waiting, if anybody ever asked for it: one query."""
    return Analysis.objects.filter(season=season, branch=branch, position=position).first()


def has_failed(analysis: Analysis) -> bool:
    """Whether the last try to read its season or to compute it failed; it is tried again by itself."""
    failed = FailedRow.objects.filter(
        Q(sweep=COMPUTE_SWEEP, row_key=str(analysis.pk)) | Q(sweep=LOAD_SWEEP, row_key=analysis.season)
    )
    return failed.exists()


def known_seasons() -> list[str]:
    """Every season with an interview, the oldest first."""
    live = Application.objects.filter(result__isnull=False).values_list("season", flat=True)
    historic = HistoricInterview.objects.values_list("season", flat=True)
    return sorted({*live.distinct(), *historic.distinct()}, key=in_time)


def seasons_of(hires: QuerySet[Hire]) -> list[str]:
    """Every season of which one of these works, the oldest first."""
    return sorted(hires.order_by().values_list("season", flat=True).distinct(), key=in_time)


def inputs_of(season: str) -> dict[str, Any]:
    """What a season's analyses are made of, in five numbers: other numbers, other results."""
    live = _applications(season).aggregate(n=Count("pk"), newest=Max("result__event_at"))
    historic = _interviews(season).aggregate(n=Count("pk"), newest=Max("event_at"))
    records = PerformanceRecord.objects.filter(hire__season=season).aggregate(
        n=Count("pk"), newest=Max("recorded_at")
    )
    moments: list[datetime] = [found for found in (live["newest"], historic["newest"]) if found]
    return {
        "interviews": live["n"] + historic["n"],
        "hires": Hire.objects.filter(season=season).count(),
        "records": records["n"],
        "newest_interview": max(moments).isoformat() if moments else None,
        "newest_record": records["newest"].isoformat() if records["newest"] else None,
    }


def scopes_of(season: str) -> list[Scope]:
    """Head office, provinces and cities where anybody applied, and each position for the whole bank."""
    applied = set(_interviews(season).values_list("branch__path", flat=True).distinct())
    applied |= set(_applications(season).values_list("branch__path", flat=True).distinct())
    steps = {path[:end] for path in applied for end in range(Branch.steplen, len(path) + 1, Branch.steplen)}
    places = Branch.objects.filter(path__in=steps, level__in=LEVELS).order_by("path")
    positions = Position.objects.filter(
        Q(pk__in=_interviews(season).values("position")) | Q(pk__in=_applications(season).values("position"))
    )
    bank = head_office()
    return [*(Scope(branch) for branch in places), *(Scope(bank, position) for position in positions)]


def waiting(season: str | None = None) -> QuerySet[Analysis]:
    """Analyses that are wanted and not computed since, the whole bank's first."""
    rows = Analysis.objects.filter(Q(computed_at__isnull=True) | Q(computed_at__lt=F("wanted_at")))
    rows = rows if season is None else rows.filter(season=season)
    return rows.order_by("branch__depth", "branch__path", "pk")


def before(season: str, scope: Scope) -> Before:
    """Scores, work and outcomes of the earlier seasons at the same place, from their stored analyses."""
    found = Before()
    rows = Analysis.objects.filter(
        branch=scope.branch, position=scope.position, computed_at__isnull=False
    ).values_list("season", "result__summary", "result__outcomes")
    stored = sorted(rows, key=lambda row: in_time(row[0]))
    for label, summary, outcomes in stored:
        if in_time(label) >= in_time(season):
            break
        for row in typed(list[OutcomeRow], outcomes or []):
            # The last season that has them stays.
            found.outcomes[row.code] = Earlier(label, row)
        if summary is not None:
            told = typed(Summary, summary)
            for spread, spreads in ((told.scores, found.scores), (told.work, found.work)):
                if spread is not None and is_known(spread.sd):
                    spreads.append(replace(spread, label=label))
    return found


def anomalous_hires(*, season: str, branch: Branch, position: Position | None = None) -> QuerySet[Hire]:
    """Those with a high score and poor work, the poorest first; ``work`` is their mean monthly score."""
    score = Coalesce("application__result__score", "historic__score")
    rows = Hire.objects.filter(season=season, branch__path__startswith=branch.path)
    if position is not None:
        rows = rows.filter(position=position)
    return (
        rows.annotate(interview_score=score, work=Avg("records__score"))
        .filter(interview_score__gte=HIGH_SCORE, work__lte=POOR_PERFORMANCE)
        .select_related("branch", "position")
        .order_by("work", "pk")
    )


def _applications(season: str) -> QuerySet[Application]:
    return Application.objects.filter(season=season, result__isnull=False)


def _interviews(season: str) -> QuerySet[HistoricInterview]:
    return HistoricInterview.objects.filter(season=season)
