"""What authors see of templates: the list with its versions, and two versions side by side."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from branches.models import Branch, Position
from notifications.enums import Language
from notifications.models import MessageTemplate, TemplateVersion
from notifications.queries.templates import bodies_of
from notifications.rendering.content_fields import FIELD_LABELS, ContentField
from notifications.rendering.difference import Row, difference

# Unchanged lines shown around a change.
CONTEXT_LINES = 2


@dataclass(frozen=True, slots=True)
class BodyDifference:
    """One body in two versions; ``rows`` of ``rendering.difference``."""

    language: str
    language_label: Any
    field_label: Any
    rows: list[Row]


def with_versions(rows: QuerySet[MessageTemplate]) -> QuerySet[MessageTemplate]:
    """Templates with ``current_number``, ``current_at``, ``draft_number`` and ``draft_id``, None where there is none."""
    versions = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    published = versions.filter(published_at__isnull=False)
    draft = versions.filter(published_at__isnull=True)
    return rows.annotate(
        current_number=Subquery(published.values("number")[:1]),
        current_at=Subquery(published.values("published_at")[:1]),
        draft_number=Subquery(draft.values("number")[:1]),
        draft_id=Subquery(draft.values("pk")[:1]),
    )


def differing_bodies(left: TemplateVersion, right: TemplateVersion) -> list[BodyDifference]:
    """The bodies that two versions do not share, in the order of languages and content_fields."""
    before, after = bodies_of(left), bodies_of(right)
    return [
        BodyDifference(
            language=language.value,
            language_label=language.label,
            field_label=FIELD_LABELS[content_field],
            rows=difference(
                before.get((language, content_field), ""),
                after.get((language, content_field), ""),
                context_lines=CONTEXT_LINES,
            ),
        )
        for language in Language
        for content_field in ContentField
        if before.get((language, content_field), "") != after.get((language, content_field), "")
    ]


def known_families() -> list[str]:
    """The families that the bank's positions have: one query."""
    return sorted(set(Position.objects.values_list("family", flat=True)))


def known_features() -> list[str]:
    """What the bank's branches are known for: one query."""
    rows = Branch.objects.exclude(features=[]).values_list("features", flat=True)
    return sorted({feature for features in rows for feature in features})
