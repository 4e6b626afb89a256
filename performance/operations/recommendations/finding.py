"""From a finished analysis to findings that wait for a person."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from hrportal.kernel import history
from performance.analytics.plain import plain
from performance.enums import GONE_STATES, OPEN_STATES, RecommendationState
from performance.models import Analysis, Recommendation
from performance.queries.analyses import report_of

SUBJECT = ("kind", "subject")
BODY = ("strength", "content", "evidence", "fairness", "last_season")


@transaction.atomic
def keep_findings(*, analysis: Analysis, now: datetime) -> None:
    """Keep what the whole bank's analysis advises; places below it have figures and no findings of their own.

    An untouched finding takes the newest figures. One that waits for a signature is replaced, so that
    nobody signs what they have not read; a finding that is signed, rejected or taken back stays as it
    is and is not found again in its season. The caller holds the analysis' lock.
    """
    if analysis.branch.depth != 1:
        return
    advised = report_of(analysis).recommendations
    found = {(finding.kind, finding.subject): plain(finding) for finding in advised}
    rows = {
        (row.kind, row.subject): row
        for row in Recommendation.objects.select_for_update()
        .filter(season=analysis.season, branch=analysis.branch, position=analysis.position)
        .exclude(state__in=GONE_STATES)
    }
    for key, row in rows.items():
        if row.state in OPEN_STATES and key not in found:
            history.move(row, to=RecommendationState.LAPSED, action="lapse", now=now)
    for key, item in found.items():
        _keep(analysis, rows.get(key), item, now=now)


def _keep(analysis: Analysis, row: Recommendation | None, item: dict[str, Any], *, now: datetime) -> None:
    if row is None:
        _find(analysis, item, now=now)
        return
    if row.state not in OPEN_STATES or all(getattr(row, name) == item[name] for name in BODY):
        return
    if row.state == RecommendationState.PROPOSED:
        history.move(row, to=RecommendationState.SUPERSEDED, action="supersede", now=now)
        _find(analysis, item, now=now)
        return
    for name in BODY:
        setattr(row, name, item[name])
    history.move(row, to=RecommendationState.FOUND, action="refresh", now=now)


def _find(analysis: Analysis, item: dict[str, Any], *, now: datetime) -> None:
    line = {
        **{name: item[name] for name in SUBJECT},
        "branch": analysis.branch,
        "position": analysis.position,
    }
    newest = Recommendation.objects.filter(**line).aggregate(newest=Max("version"))["newest"] or 0
    row = Recommendation.objects.create(
        **line,
        season=analysis.season,
        version=newest + 1,
        found_at=now,
        state_at=now,
        **{name: item[name] for name in BODY},
    )
    history.record(row, action="find", now=now)
