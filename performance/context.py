"""What performance adds to a notice: the targets the new colleague will be measured by."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from branches.models import Branch, Position
from branches.queries import head_office
from notifications.models import Notice
from performance.queries.targets import targets_for
from recruitment.models import Application


def targets_context(application: Application, language: str) -> dict[str, Any]:
    """``targets``: text, threshold, unit and period in months, in the notice's language.

    With the target's key, version and season: approval freezes them with the text, and later they
    are what the work is measured by.
    """
    return _targets(
        position=application.position,
        branch=application.branch,
        season=application.season,
        language=language,
    )


def changed_targets(notices: Collection[Notice]) -> dict[UUID, list[str]]:
    """Notices whose targets are others by now. Two queries for each place and season among them."""
    applications = (
        Application.objects.filter(pk__in={notice.subject_ref for notice in notices})
        .select_related("position", "branch")
        .in_bulk()
    )
    known: dict[tuple[object, ...], Any] = {}
    found = {}
    for notice in notices:
        application = applications.get(notice.subject_ref)
        if application is None or "targets" not in notice.context:
            continue
        key = application.position_id, application.branch_id, application.season, notice.language
        if key not in known:
            known[key] = targets_context(application, notice.language)["targets"]
        if notice.context["targets"] != known[key]:
            found[notice.pk] = ["targets_changed"]
    return found


def sample_targets_context(
    *, position: Position | None, branch: Branch | None, language: str
) -> dict[str, Any]:
    """The same for a preview; without a branch the bank's own targets, without a position nothing."""
    if position is None:
        return {}
    return _targets(position=position, branch=branch or head_office(), season="", language=language)


def _targets(*, position: Position, branch: Branch, season: str, language: str) -> dict[str, Any]:
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
            for target in targets_for(position=position, branch=branch, season=season)
        ]
    }
