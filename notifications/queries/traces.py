"""A rule trace in words. Who wrote it is an app above; here it is plain values with known keys."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

CONDITIONS: dict[str, str | Promise] = {
    "position": gettext_lazy("Position"),
    "position_family": gettext_lazy("Position family"),
    "branch": gettext_lazy("Branch"),
    "education": gettext_lazy("Education"),
    "any_experience": gettext_lazy("Experience"),
    "graduation_from": gettext_lazy("Graduated"),
    "graduation_until": gettext_lazy("Graduated"),
    "min_score": gettext_lazy("Overall score"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition held against one candidate."""

    name: str
    wanted: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What one rule said. A rule behind the chosen one was not asked and has no reasons."""

    rule: str
    is_chosen: bool
    was_asked: bool
    reasons: list[Reason]


def explain(trace: Iterable[Mapping[str, Any]], *, names: Mapping[str, str]) -> list[Judged]:
    """The trace in the active language; ``names`` says how codes are called that it contains."""
    judged: list[Judged] = []
    has_chosen = False
    for entry in trace:
        judged.append(
            Judged(
                rule=entry.get("name") or names.get(entry["rule"], entry["rule"]),
                is_chosen=entry["chosen"],
                was_asked=not has_chosen,
                reasons=[_reason(check, names) for check in entry["checks"]],
            )
        )
        has_chosen = has_chosen or entry["chosen"]
    return judged


def _reason(check: Mapping[str, Any], names: Mapping[str, str]) -> Reason:
    condition, _colon, dimension = check["condition"].partition(":")
    name = str(CONDITIONS.get(condition, condition))
    return Reason(
        name=_("Dimension %(name)s") % {"name": names.get(dimension, dimension)} if dimension else name,
        wanted=_named(check["wanted"], names),
        found=_named(check["found"], names),
        holds=check["holds"],
    )


def _named(codes: str, names: Mapping[str, str]) -> str:
    return ", ".join(names.get(code, code) for code in codes.split(", "))
