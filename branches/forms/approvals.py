"""What a second person says to what waits for approval."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.form_fields import TextField


class Decision(TextChoices):
    """The two answers."""

    APPROVE = "approve", _("Approve")
    REFUSE = "refuse", _("Reject")


class ChosenField(forms.MultipleChoiceField):
    """Keys of requests; which of them still wait is asked when each is decided."""

    def clean(self, value: Any) -> list[UUID]:
        """Well-formed keys only; at least one."""
        try:
            keys = [UUID(key) for key in self.to_python(value)]
        except ValueError:
            keys = []
        if not keys:
            raise ValidationError(self.error_messages["required"], code="required")
        return keys


class DecisionForm(forms.Form):
    """Which requests, what about them, and why where the answer is no."""

    chosen = ChosenField(error_messages={"required": _("Choose at least one request.")})
    decision = forms.ChoiceField(choices=Decision.choices)
    answer = TextField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("Visible to the requester. Required to reject."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, object]:
        """A refusal says why."""
        found = super().clean() or {}
        if found.get("decision") == Decision.REFUSE and len(found.get("answer") or "") < 2:
            self.add_error("answer", _("Enter a reason. The requester can read it."))
        return found
