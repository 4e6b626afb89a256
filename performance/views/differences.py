"""What a month said and says, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from performance.wire import METRIC_PREFIX

LABELS: dict[str, str | Promise] = {
    "score": _("score"),
    "complaints": _("complaints"),
    "transactions": _("transactions"),
    "project_completion": _("project completion"),
    "target_attainment": _("target attainment"),
    "metrics": _("custom metrics"),
}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str | Promise, str, str]]:
    """Label, before and after of every column or fact that a correction changed."""
    return [
        (LABELS.get(name, name.removeprefix(METRIC_PREFIX)), _shown(value), _shown(after.get(name)))
        for name, value in before.items()
    ]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{code} {number:g}" for code, number in sorted(value.items())) or "–"
    if isinstance(value, float):
        return f"{value:g}"
    return "–" if value is None else str(value)
