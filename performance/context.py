"""What performance adds to a notice: the targets the new colleague will be measured by."""

from collections.abc import Iterable, Sequence
from typing import Any

from branches.models import Branch, Position
from branches.queries import head_office
from performance.models import Target
from performance.queries.targets import known_targets, targets_among, targets_for
from recruitment.context import Wanted


def targets_context(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """``targets`` of each: text, threshold, unit and period in months, in the notice's language.

    With the target's key, version and season: approval freezes them with the text, and later they
    are what the work is measured by. One query for all of them.
    """
    rows = known_targets(
        {application.position_id for application, _language in wanted},
        {application.season for application, _language in wanted},
    )
    said: dict[tuple[object, ...], dict[str, Any]] = {}
    found = []
    for application, language in wanted:
        key = application.position_id, application.branch_id, application.season, language
        if key not in said:
            targets = targets_among(
                rows, position=application.position, branch=application.branch, season=application.season
            )
            said[key] = _said(targets, language)
        found.append(said[key])
    return found


def sample_targets_context(
    *, position: Position | None, branch: Branch | None, language: str
) -> dict[str, Any]:
    """The same for a preview; without a branch the bank's own targets, without a position nothing."""
    if position is None:
        return {}
    return _said(targets_for(position=position, branch=branch or head_office()), language)


def _said(targets: Iterable[Target], language: str) -> dict[str, Any]:
    english = language == "en"
    return {
        "targets": [
            {
                "code": target.code,
                "text": target.text_en if english else target.text_zh,
                "threshold": float(target.threshold),
                "unit": target.unit_en if english else target.unit_zh,
                "months": target.months,
                "key": target.pk,
                "version": target.version,
                "season": target.season,
            }
            for target in targets
        ]
    }
