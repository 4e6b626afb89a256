"""What the forms of every app share: selects whose choices depend on the viewer, the field of a branch, a limit."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from branches.models import Branch
from branches.operations.reveals import TooManyReveals

if TYPE_CHECKING:
    BranchChoice = forms.ModelChoiceField[Branch]
else:
    BranchChoice = forms.ModelChoiceField


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


def too_many(refused: TooManyReveals) -> str:
    """What is said when the limit of the hour is reached."""
    return ngettext(
        "You have seen %(limit)d sealed value within an hour; the limit protects the candidates. Go on later.",
        "You have seen %(limit)d sealed values within an hour; the limit protects the candidates. Go on later.",
        refused.limit,
    ) % {"limit": refused.limit}
