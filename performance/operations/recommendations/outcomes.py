"""What the next season showed of a recommendation that was acknowledged."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from hrportal.kernel import history
from hrportal.kernel.sweeps import Sweep
from performance.analytics.advice.outcomes import MEASURED, measure
from performance.analytics.plain import plain
from performance.analytics.seasons import in_time
from performance.enums import RecommendationState
from performance.models import Analysis, Recommendation
from performance.operations.recommendations.transitions import lock_recommendation
from performance.queries.analyses import report_of
from performance.queries.recommendations import advised_by

MEASURE = Sweep(
    "measure_outcomes",
    label=_("Comparing recommendations with the next season"),
    task="performance.tasks.want_changed_seasons",
)
MEASURABLE = (RecommendationState.ACKNOWLEDGED, RecommendationState.MEASURED)


def measure_outcomes(*, now: datetime) -> int:
    """Compare every acknowledged recommendation with the season after its own; returns how many changed.

    While that season goes on its figures change, and the outcome with them.
    """
    changed, measuring = 0, MEASURE.round(now=now)
    rows = measuring.due(Recommendation.objects.filter(state__in=MEASURABLE))
    for pk in list(rows.values_list("pk", flat=True)):
        with measuring.row(pk):
            changed += _measure(pk, now=now)
    return changed


@transaction.atomic
def _measure(pk: UUID, *, now: datetime) -> bool:
    row = lock_recommendation(pk, *MEASURABLE)
    analyses = Analysis.objects.filter(
        branch=row.branch, position=row.position, computed_at__isnull=False
    ).values_list("season", flat=True)
    after = [season for season in analyses if in_time(season) > in_time(row.season)]
    if not after:
        return False
    later = Analysis.objects.get(branch=row.branch, position=row.position, season=min(after, key=in_time))
    found = measure(advised_by(row), report_of(later), season=later.season)
    if plain(found) == row.outcome:
        return False
    row.outcome = plain(found)
    if found.status == MEASURED:
        history.move(row, to=RecommendationState.MEASURED, action="measure", now=now, reason=later.season)
    else:
        row.save(update_fields=["outcome"])
    return True
