"""How the access log is narrowed."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.models import Branch

if TYPE_CHECKING:
    BranchChoice = forms.ModelChoiceField[Branch]
else:
    BranchChoice = forms.ModelChoiceField


class AccessLogFilter(forms.Form):
    """What happened, who did it, where."""

    verb = forms.ChoiceField(label=_("What"), required=False)
    user = forms.CharField(
        label=_("User name"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)

    def __init__(
        self, *args: Any, verbs: list[tuple[str, str]], branches: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "verb", [("", str(_("All"))), *verbs])
        offer(self, "branch", [("", str(_("All"))), *branches])


def offer(form: forms.BaseForm, name: str, choices: list[tuple[str, str]]) -> None:
    """Fill a select whose choices depend on the viewer or the language."""
    cast("forms.ChoiceField", form.fields[name]).choices = choices


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
