"""Tags of the settings: cells that name their column, fields of Django's admin, entries of its history."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.contrib.admin.models import LogEntry
from django.forms import BoundField
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from hrportal.admin import Change, changes_of
from hrportal.templatetags.portal import field

register = template.Library()


@register.simple_tag
def labelled_cells(headers: Sequence[Mapping[str, Any]], cells: Iterable[str]) -> SafeString:
    """The cells of Django's list, each with ``data-label``, the first as the card's title on a phone."""
    found: list[str] = []
    for place, (header, cell) in enumerate(zip(headers, cells, strict=True)):
        label = escape(capfirst(str(header["text"])))
        found.append(
            cell.replace(' class="', f' data-label="{label}" class="{"" if place else "lead-cell "}', 1)
        )
    return mark_safe("".join(found))  # noqa: S308 - Django's own cells; only the label is added, escaped


@register.inclusion_tag("components/field.html")
def settings_field(bound: BoundField) -> dict[str, Any]:
    """A field of a model's form; its label begins with a capital as everywhere in the portal."""
    for css_class in ("vTextField", "vIntegerField", "vLargeTextField"):
        classes = str(bound.field.widget.attrs.get("class", "")).replace(css_class, "").strip()
        bound.field.widget.attrs["class"] = classes
    return field(bound, capfirst(str(bound.label)) or "")


@register.simple_tag
def changes_of_entries(entries: Iterable[LogEntry]) -> list[Change]:
    """Entries of the history as the timeline shows them."""
    return changes_of(entries)
