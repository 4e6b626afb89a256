"""What an application tells a notice: plain strings, numbers and lists."""

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from django.conf import settings
from django.utils import translation

from notifications.enums import Dimension
from notifications.models import Notice
from recruitment.hooks import notice_context
from recruitment.models import Application

# An application and the language of its notice.
Wanted: TypeAlias = tuple[Application, str]
# From this score on, a dimension is worth a sentence; at most this many are named.
STRENGTH_FROM = 85.0
MOST_STRENGTHS = 2


def application_context(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Candidate, position, branch, score, strengths, materials and date, in each notice's language."""
    return [_said_of(application, language) for application, language in wanted]


def _said_of(application: Application, language: str) -> dict[str, Any]:
    position, branch, department = application.position, application.branch, application.department
    english = language == "en"
    rule, result = application.rule, application.result
    materials = (rule.materials_en if english else rule.materials_zh) if rule else []
    return {
        "bank": {"name": settings.BANK_NAME_EN if english else settings.BANK_NAME_ZH},
        "candidate": {"name": application.person.name},
        "position": {
            "name": position.name_en if english else position.name_zh,
            "code": position.code,
            "family": position.family,
        },
        "branch": {
            "name": branch.name,
            "address": branch.address,
            "city": branch.city,
            "phone": branch.phone,
            "features": list(branch.features),
        },
        "department": {"name": department.name_en if english else department.name_zh},
        "score": {"overall": float(result.score) if result else None},
        "strengths": strengths_of(application, language),
        "materials": list(materials),
        "onboarding": {"date": application.onboarding_on.isoformat() if application.onboarding_on else None},
    }


def notice_facts(wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """What this app and then those above say of each application in a language, as plain values."""
    facts = application_context(wanted)
    for answers in notice_context(wanted):
        for one, said in zip(facts, answers, strict=True):
            one.update(said)
    return facts


def changed_facts(notices: Collection[Notice]) -> dict[UUID, list[str]]:
    """What notices say of their applications and is otherwise by now, as codes by notice.

    One query for all of them and what the processors ask. Groups that a notice does not have are of a
    later release, and were never said.
    """
    applications = (
        Application.objects.filter(pk__in={notice.subject_ref for notice in notices})
        .select_related("person", "position", "branch", "department", "rule", "result")
        .in_bulk()
    )
    known = [
        (notice, applications[notice.subject_ref]) for notice in notices if notice.subject_ref in applications
    ]
    found = {}
    current = notice_facts([(application, notice.language) for notice, application in known])
    for (notice, application), facts in zip(known, current, strict=True):
        codes = [
            f"{group}_changed"
            for group, value in facts.items()
            if group in notice.context and notice.context[group] != value
        ]
        if application.branch.closed_on is not None:
            codes.append("branch_closed")
        if codes:
            found[notice.pk] = codes
    return found


def strengths_of(application: Application, language: str) -> list[dict[str, Any]]:
    """The strongest dimensions from ``STRENGTH_FROM`` on, the best first."""
    result = application.result
    if result is None:
        return []
    ranked = sorted(result.dimensions.items(), key=lambda item: (-item[1], item[0]))
    chosen = [(code, value) for code, value in ranked if value >= STRENGTH_FROM][:MOST_STRENGTHS]
    with translation.override("en" if language == "en" else "zh-hans"):
        names = dimension_names()
        return [
            {"code": code, "name": names.get(code, code), "score": float(value)} for code, value in chosen
        ]


def dimension_names() -> dict[str, str]:
    """Interview dimensions in the active language."""
    return {dimension.value: str(dimension.label) for dimension in Dimension}
