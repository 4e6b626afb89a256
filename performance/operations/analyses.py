"""Computing analyses from rows that wait for it; a reader only ever finds finished ones."""

import time
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from threadpoolctl import threadpool_limits

from branches.models import Branch, Position
from hrportal.kernel.scopes import bank_wide
from hrportal.kernel.stopping import until_stopped
from hrportal.kernel.sweeps import Round, Sweep
from hrportal.kernel.task_wakeups import wake
from performance.analytics.family import share_of
from performance.analytics.plain import plain
from performance.analytics.report import analyse
from performance.analytics.seasons import in_time
from performance.models import Analysis, Hire
from performance.operations.recommendations.finding import keep_findings
from performance.queries.analyses import (
    COMPUTE_SWEEP,
    LEVELS,
    LOAD_SWEEP,
    Scope,
    before,
    inputs_of,
    scopes_of,
    seasons_of,
    waiting,
)
from performance.queries.cohorts import SeasonData, load_season

ANALYSE_TASK = "performance.tasks.compute_analyses"
LOAD = Sweep(LOAD_SWEEP, label=_("Reading a season for its analyses"), task=ANALYSE_TASK)
COMPUTE = Sweep(COMPUTE_SWEEP, label=_("Computing analyses"), task=ANALYSE_TASK)
WANT = Sweep(
    "changed_seasons",
    label=_("Finding seasons whose data changed"),
    task="performance.tasks.want_changed_seasons",
)


@bank_wide("the analyses of every place, whoever changed their inputs")
def want_analyses(*, season: str, now: datetime) -> None:
    """The inputs of a season changed: all its scopes wait to be computed again."""
    Analysis.objects.bulk_create(
        [
            Analysis(season=season, branch=scope.branch, position=scope.position, wanted_at=now)
            for scope in scopes_of(season)
        ],
        update_conflicts=True,
        unique_fields=["season", "branch", "position"],
        update_fields=["wanted_at"],
    )
    # Others were asked for one by one.
    Analysis.objects.filter(season=season, wanted_at__lt=now).update(wanted_at=now)
    wake(ANALYSE_TASK)


def want_analysis(*, season: str, branch: Branch, position: Position | None, now: datetime) -> None:
    """Somebody asks for one scope; it is kept up to date from now on."""
    Analysis.objects.update_or_create(
        season=season, branch=branch, position=position, defaults={"wanted_at": now}
    )
    wake(ANALYSE_TASK)


def want_changed_seasons(*, now: datetime) -> list[str]:
    """Find seasons whose interviews, hires or records are not those of their analyses; returns them.

    Interviews arrive one by one all day, so nothing is computed for each of them; and nothing before
    the first hire of a season, when there is nothing to compare them with.
    """
    computed = dict(Analysis.objects.filter(branch__depth=1, position=None).values_list("season", "inputs"))
    changed, comparing = [], WANT.round(now=now)
    for season in seasons_of(comparing.due(Hire.objects.all(), key="season")):
        with comparing.row(season):
            if computed.get(season) != inputs_of(season):
                want_analyses(season=season, now=now)
                changed.append(season)
    return changed


def compute_waiting(*, now: datetime) -> int:
    """Compute waiting analyses of the first season that has any; returns how many this worker took.

    Several workers share the rows of a season: where others hold all that wait, there is nothing to take. A change during the computation leaves the row
    waiting, because what is stored is the moment before the season was read.
    """
    loading, computing = LOAD.round(now=now), COMPUTE.round(now=now)
    rows = computing.due(loading.due(waiting(), key="season"))
    # The earliest first: later ones are held against it.
    seasons = set(rows.order_by().values_list("season", flat=True).distinct())
    if not seasons:
        return 0
    season = min(seasons, key=in_time)
    with loading.row(season, atomic=False):
        return _compute_season(season, computing, now=now)
    return len(seasons)


def _compute_season(season: str, computing: Round, *, now: datetime) -> int:
    inputs, data = inputs_of(season), load_season(season)
    keys, taken = list(computing.due(waiting(season)).values_list("pk", flat=True)), 0
    for pk in until_stopped(keys):
        with computing.row(pk):
            row = _take(pk)
            if row is not None:
                taken += 1
                _compute(row, data, inputs=inputs, now=now)
    return taken


def analyse_now(*, season: str, branch: Branch, position: Position | None, now: datetime) -> Analysis:
    """Compute one scope at once and keep the result."""
    want_analysis(season=season, branch=branch, position=position, now=now)
    inputs, data = inputs_of(season), load_season(season)
    with transaction.atomic():
        row = Analysis.objects.select_for_update(of=("self",)).get(
            season=season, branch=branch, position=position
        )
        _compute(row, data, inputs=inputs, now=now)
    return row


def _take(pk: int) -> Analysis | None:
    """The row, locked, if it still waits and nobody else computes it."""
    return (
        Analysis.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("branch", "position")
        .filter(Q(computed_at__isnull=True) | Q(computed_at__lt=F("wanted_at")), pk=pk)
        .first()
    )


def _compute(row: Analysis, data: SeasonData, *, inputs: dict[str, object], now: datetime) -> None:
    started = time.monotonic()
    scope = Scope(row.branch, row.position)
    earlier = before(row.season, scope)
    # The matrices are small: a second thread would mostly wait, and take the processor from other workers.
    with threadpool_limits(1, user_api="blas"):
        found = analyse(
            data.at(scope.branch, scope.position),
            season=row.season,
            before=earlier,
            share=share_of(positions=data.positions, is_position=scope.position is not None),
            with_points=scope.branch.level in LEVELS,
        )
    row.result = plain(found)
    row.inputs, row.computed_at, row.seconds = inputs, now, time.monotonic() - started
    row.save(update_fields=["result", "inputs", "computed_at", "seconds"])
    keep_findings(analysis=row, now=now)
