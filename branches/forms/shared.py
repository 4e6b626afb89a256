"""What the forms of every app share: selects whose choices depend on the viewer, the field of a branch, a limit."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from branches.models import Branch

if TYPE_CHECKING:
    BranchChoice = forms.ModelChoiceField[Branch]
else:
    BranchChoice = forms.ModelChoiceField


class LongSelect(forms.Select):
    """A select of hundreds of flat choices. Django renders a template for each: 20 ms for the branches of the bank."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """The same markup in one piece."""
        options: str = _options(tuple((str(key), str(label)) for key, label in self.choices))
        for key in self.format_value(value):
            option = format_html('<option value="{}"', key)
            options = options.replace(f"{option}>", f"{option} selected>", 1)
        return format_html(
            '<select name="{}"{}>{}</select>',
            name,
            flatatt(self.build_attrs(self.attrs, attrs)),
            mark_safe(options),  # noqa: S308 - escaped above
        )


@lru_cache(maxsize=100)
def _options(choices: tuple[tuple[str, str], ...]) -> SafeString:
    """Escaped once for everybody who may choose the same."""
    return format_html_join("\n", '<option value="{}">{}</option>', choices)


def offer(form: forms.BaseForm, name: str, choices: list[tuple[str, str]]) -> None:
    """Fill a select whose choices depend on the viewer or the language."""
    field = cast("forms.ChoiceField", form.fields[name])
    if type(field.widget) is forms.Select:
        field.widget = LongSelect(attrs=field.widget.attrs)
        field.widget.is_required = field.required
    field.choices = choices


class BranchField(BranchChoice):
    """Any branch of the bank, or none; in the order of the tree, moved in by level."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Branch.objects.order_by("path"), required=False, label=_("Branch"), empty_label="–", **kwargs
        )

    def label_from_instance(self, obj: Branch) -> str:
        """The name behind the space of its level."""
        depth: int = obj.depth
        return "\u3000" * (depth - 1) + obj.name
