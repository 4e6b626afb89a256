"""A draft as a candidate would receive it, on a sample who does not exist. Nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.utils import translation

from branches.models import Branch, Position
from notifications.enums import Dimension
from notifications.hooks import sample_facts
from notifications.links import sample_link
from notifications.models import MessageTemplate
from notifications.queries.shown import ShownBodies, shown_bodies, shown_html, shown_text
from notifications.queries.templates import blocks_for
from notifications.rendering.channel_rules import channel_findings
from notifications.rendering.checker import Finding, TemplateRefused, check_body
from notifications.rendering.compose import TemplateSet, compose
from notifications.rendering.content_fields import (
    FIELD_LABELS,
    OPTIONAL_FIELDS,
    BlockKind,
    ContentField,
    fields_of,
)
from notifications.rendering.context import complete
from notifications.rendering.engine import RenderFailed, render
from notifications.rendering.samples import sample_context

# Stands where a body is empty or refused, so that the others can still be shown.
NOTHING = "–"
FIRST_STRENGTHS = (Dimension.STRESS_TOLERANCE.value, Dimension.SERVICE_AWARENESS.value)
FIRST_SCORE, SCORE_STEP = 94.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The candidate to write for: where, as what, how strong and in which language."""

    language: str
    position: Position | None = None
    branch: Branch | None = None
    strengths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Either the bodies of a whole notice or, of a part, ``block_html`` and ``block_text``; and what was refused."""

    language: str
    bodies: ShownBodies | None = None
    block_html: str = ""
    block_text: str = ""
    refused: dict[ContentField, list[Finding]] = field(default_factory=dict)
    unfit: dict[ContentField, list[Finding]] = field(default_factory=dict)
    """What may be saved and not published; see ``channel_rules``."""
    failed: str = ""

    @property
    def labelled(self) -> list[tuple[Any, list[Finding]]]:
        """What may not be saved, by the name of its body."""
        return _labelled(self.refused)

    @property
    def labelled_unfit(self) -> list[tuple[Any, list[Finding]]]:
        """What may not be published, by the name of its body."""
        return _labelled(self.unfit)


def preview_of(
    template: MessageTemplate, bodies: Mapping[tuple[str, ContentField], str], sample: Sample
) -> Preview:
    """Render unsaved bodies exactly as a notice is rendered; what the checker refuses is told, not run.

    A base is set together with the published parts for the sample; a part stands alone.
    """
    shown = _rendered(template, bodies, sample)
    typed = {
        (sample.language, content_field): source
        for content_field in fields_of(BlockKind(template.kind))
        if content_field not in shown.refused and (source := bodies.get((sample.language, content_field), ""))
    }
    unfit = channel_findings(typed, kind=BlockKind(template.kind), link=sample_link())
    return replace(
        shown, unfit={content_field: findings for (_language, content_field), findings in unfit.items()}
    )


def _rendered(
    template: MessageTemplate, bodies: Mapping[tuple[str, ContentField], str], sample: Sample
) -> Preview:
    kind = BlockKind(template.kind)
    sources, refused = _checked(bodies, kind=kind, language=sample.language)
    context = context_of(sample)
    try:
        if kind is not BlockKind.BASE:
            return _block(sources, refused, kind=kind, context=context, language=sample.language)
        parts = blocks_for(branch=sample.branch, position=sample.position, strengths=sample.strengths)
        base = {(sample.language, content_field): source for content_field, source in sources.items()}
        notice = compose(
            TemplateSet(base=base, branch=parts.branch, role=parts.role, strengths=parts.strengths),
            context,
            language=sample.language,
        )
    except RenderFailed as failure:
        return Preview(
            language=sample.language, refused=refused, failed=str(FIELD_LABELS[failure.content_field])
        )
    return Preview(language=sample.language, bodies=shown_bodies(notice.as_json()), refused=refused)


def _labelled(found: Mapping[ContentField, list[Finding]]) -> list[tuple[Any, list[Finding]]]:
    return [(FIELD_LABELS[content_field], findings) for content_field, findings in found.items()]


def first_sample(template: MessageTemplate) -> dict[str, Any]:
    """The sample a page begins with, as a form sends it: where the template is used, else where most parts show."""
    positions = Position.objects.all()
    if template.position_family:
        positions = positions.filter(family=template.position_family)
    branches = Branch.objects.order_by("-depth", "path")
    if template.branch is None:
        wanted = [template.feature] if template.feature else []
        branches = branches.filter(features__contains=wanted).exclude(features=[])
    position = template.position or positions.first()
    branch = template.branch or branches.first() or Branch.objects.order_by("path").first()
    strengths = [template.dimension] if template.dimension else list(FIRST_STRENGTHS)
    return {
        "sample_position": position.code if position else "",
        "sample_branch": branch.code if branch else "",
        "sample_strengths": strengths,
    }


def context_of(sample: Sample) -> dict[str, Any]:
    """The context of the sample candidate with the real names and facts of the chosen branch and position."""
    english = sample.language == "en"
    context = sample_context(sample.language)
    context["bank"] = {"name": settings.BANK_NAME_EN if english else settings.BANK_NAME_ZH}
    if sample.branch is not None:
        branch = sample.branch
        context["branch"] = {
            "name": branch.name,
            "address": branch.address,
            "city": branch.city,
            "phone": branch.phone,
            "features": list(branch.features),
        }
    if sample.position is not None:
        position = sample.position
        context["position"] = {
            "name": position.name_en if english else position.name_zh,
            "code": position.code,
            "family": position.family,
        }
        context["department"] = {"name": position.department_en if english else position.department_zh}
    context["strengths"] = _strengths(sample)
    for known in sample_facts(position=sample.position, branch=sample.branch, language=sample.language):
        context |= known
    return context


def _strengths(sample: Sample) -> list[dict[str, Any]]:
    names = _names(sample.language)
    return [
        {"code": code, "name": names[code], "score": FIRST_SCORE - SCORE_STEP * place}
        for place, code in enumerate(sample.strengths)
    ]


def _names(language: str) -> dict[str, str]:
    with translation.override("en" if language == "en" else "zh-hans"):
        return {dimension.value: str(dimension.label) for dimension in Dimension}


def _checked(
    bodies: Mapping[tuple[str, ContentField], str], *, kind: BlockKind, language: str
) -> tuple[dict[ContentField, str], dict[ContentField, list[Finding]]]:
    sources: dict[ContentField, str] = {}
    refused: dict[ContentField, list[Finding]] = {}
    for content_field in fields_of(kind):
        source = bodies.get((language, content_field), "")
        try:
            check_body(source, kind=kind, content_field=content_field)
        except TemplateRefused as refusal:
            refused[content_field] = refusal.errors
            source = NOTHING
        if source.strip() or content_field not in OPTIONAL_FIELDS:
            sources[content_field] = source if source.strip() else NOTHING
    return sources, refused


def _block(
    sources: Mapping[ContentField, str],
    refused: dict[ContentField, list[Finding]],
    *,
    kind: BlockKind,
    context: Mapping[str, Any],
    language: str,
) -> Preview:
    facts = complete(context)
    shown = {
        content_field: render(source, facts, kind=kind, content_field=content_field, language=language)
        for content_field, source in sources.items()
    }
    return Preview(
        language=language,
        block_html=shown_html(shown[ContentField.BLOCK_HTML]),
        block_text=shown_text(shown[ContentField.BLOCK_TEXT]),
        refused=refused,
    )
