"""Which published texts make up a notice."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from branches.models import Branch, Position
from branches.queries import paths_down_to
from notifications.models import MessageTemplate, TemplateVersion
from notifications.rendering.compose import ContentBlock, TemplateSet
from notifications.rendering.content_fields import BlockKind, ContentField
from notifications.rendering.findings import NoticeImpossible


class NoPublishedTemplate(NoticeImpossible):
    """The rule's template has no published version; a template author must publish one."""

    def __init__(self, code: str) -> None:
        super().__init__(
            _(
                "The text “%(code)s” has not been published. Head-office HR has to publish it. No changes were made."
            )
            % {"code": code}
        )


@dataclass(frozen=True, slots=True)
class ChosenTexts:
    """The texts for the composer, and the versions they are of."""

    texts: TemplateSet
    base: TemplateVersion
    versions: list[TemplateVersion]


def choose_texts(
    *, base: MessageTemplate, branch: Branch, position: Position, strengths: Iterable[str]
) -> ChosenTexts:
    """The base in use and the parts of this branch, role and these interview strengths.

    A branch's own part holds for its subtree; parts of ancestors follow in order from the head
    office down, so the nearest speaks last. A part by feature holds where the branch has it. A
    role part of the position wins over one of its family.

    Raises:
        NoPublishedTemplate: the base was never published.
    """
    base_version = current_version(base)
    if base_version is None:
        raise NoPublishedTemplate(base.code)
    parts = _chosen_blocks(branch=branch, position=position, strengths=strengths)
    return ChosenTexts(
        texts=TemplateSet(
            base=bodies_of(base_version),
            branch=[block_of(version) for version in parts[0]],
            role=[block_of(version) for version in parts[1]],
            strengths=[block_of(version) for version in parts[2]],
        ),
        base=base_version,
        versions=[base_version, *parts[0], *parts[1], *parts[2]],
    )


def blocks_for(*, branch: Branch | None, position: Position | None, strengths: Iterable[str]) -> TemplateSet:
    """The published parts alone, for a preview; a branch or position that is not chosen has none."""
    chosen = _chosen_blocks(branch=branch, position=position, strengths=strengths)
    at_branch, in_role, of_strengths = ([block_of(version) for version in versions] for versions in chosen)
    return TemplateSet(base={}, branch=at_branch, role=in_role, strengths=of_strengths)


def _chosen_blocks(
    *, branch: Branch | None, position: Position | None, strengths: Iterable[str]
) -> tuple[list[TemplateVersion], list[TemplateVersion], list[TemplateVersion]]:
    content_blocks = _in_use(_branch_blocks(branch)) if branch else []
    role_parts = _in_use(_role_blocks(position)) if position else []
    strengths = list(strengths)
    by_dimension = {version.template.dimension: version for version in _in_use(_strength_blocks(strengths))}
    return content_blocks, role_parts, [by_dimension[code] for code in strengths if code in by_dimension]


def current_version(template: MessageTemplate) -> TemplateVersion | None:
    """The highest published version, with its bodies."""
    return (
        TemplateVersion.objects.filter(template=template, published_at__isnull=False)
        .prefetch_related("bodies")
        .select_related("template")
        .order_by("-number")
        .first()
    )


def bodies_of(version: TemplateVersion) -> dict[tuple[str, ContentField], str]:
    """Sources by (language, field)."""
    return {(body.language, ContentField(body.content_field)): body.source for body in version.bodies.all()}


def digest_of(bodies: Mapping[tuple[str, ContentField], str]) -> str:
    """A digest by which an author's page knows whether the draft is still the one it showed."""
    digest = hashlib.sha256()
    for (language, content_field), source in sorted(bodies.items()):
        if source.strip():
            digest.update(f"{language}\0{content_field.value}\0{source}\0".encode())
    return digest.hexdigest()


def _branch_blocks(branch: Branch) -> list[MessageTemplate]:
    prefixes = paths_down_to(branch)
    by_place = MessageTemplate.objects.filter(kind=BlockKind.BRANCH, branch__path__in=prefixes)
    by_feature = MessageTemplate.objects.filter(
        kind=BlockKind.BRANCH, branch__isnull=True, feature__in=branch.features
    )
    return [*by_place.order_by("branch__path"), *by_feature.order_by("feature")]


def _role_blocks(position: Position) -> list[MessageTemplate]:
    found = MessageTemplate.objects.filter(kind=BlockKind.ROLE).filter(
        Q(position=position) | Q(position__isnull=True, position_family=position.family)
    )
    own = [template for template in found if template.position_id]
    return own or list(found)


def _strength_blocks(dimensions: Collection[str]) -> list[MessageTemplate]:
    return list(MessageTemplate.objects.filter(kind=BlockKind.STRENGTH, dimension__in=dimensions))


def _in_use(templates: list[MessageTemplate]) -> list[TemplateVersion]:
    """The current version of each template that has one, in the same order: two queries."""
    keys = [template.pk for template in templates]
    current = (
        TemplateVersion.objects.filter(template_id__in=keys, published_at__isnull=False)
        .order_by("template_id", "-number")
        .distinct("template_id")
        .select_related("template")
        .prefetch_related(Prefetch("bodies"))
    )
    by_template = {version.template_id: version for version in current}
    return [by_template[key] for key in keys if key in by_template]


def block_of(version: TemplateVersion) -> ContentBlock:
    """A part with its sources."""
    return ContentBlock(code=version.template.code, bodies=bodies_of(version))
