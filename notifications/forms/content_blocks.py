"""Which branch a new part is for, and head office's word on a draft."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from hrportal.kernel.form_fields import TextField


class ContentBlockForm(forms.Form):
    """A new part of a branch and all below it."""

    branch = forms.ChoiceField(label=_("Branch"))

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", [("", "–"), *branches])


class Decision(TextChoices):
    """Head office's word."""

    PUBLISH = "publish", _("Approve for immediate use")
    RETURN = "return", _("Return with an answer")


class DecisionForm(forms.Form):
    """Head office's word; a return says what to change."""

    submitted_at = forms.DateTimeField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(label=_("Decision"), choices=Decision, widget=forms.RadioSelect)
    answer = TextField(
        label=_("Answer to the provincial branch"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """A return needs its answer."""
        found = super().clean() or {}
        if found.get("decision") == Decision.RETURN and len(found.get("answer", "").strip()) < 4:
            self.add_error("answer", _("Enter what the provincial branch should change."))
        return found
