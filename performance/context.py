"""What performance adds to a notice: the targets the new colleague will be measured by."""

from typing import Any

from performance.queries import targets_for
from recruitment.models import Application


def targets_context(application: Application, language: str) -> dict[str, Any]:
    """``targets``: text, threshold, unit and period in months, in the notice's language."""
    english = language == "en"
    return {
        "targets": [
            {
                "code": target.code,
                "text": target.text_en if english else target.text_zh,
                "threshold": float(target.threshold),
                "unit": target.unit_en if english else target.unit_zh,
                "months": target.months,
            }
            for target in targets_for(position=application.position, branch=application.branch)
        ]
    }
