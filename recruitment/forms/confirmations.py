"""The department's answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.form_fields import TextField
from recruitment.models import Confirmation

LONGEST_KEY = 18


class DateForm(forms.Form):
    """The first day. Its input stands in a table, away from the ``<form>`` it belongs to."""

    onboarding_on = forms.DateField(
        label=_("Onboarding date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        error_messages={
            "required": _("Choose a date."),
            "invalid": _("Enter the date as year-month-day, such as 2026-11-30."),
        },
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, confirmation: Confirmation, earliest: date
    ) -> None:
        super().__init__(
            data,
            initial={"onboarding_on": confirmation.proposed_on},
            auto_id=f"confirmation_{confirmation.pk}_%s",
        )
        self.fields["onboarding_on"].widget.attrs |= {
            "form": f"confirm-{confirmation.pk}",
            "min": earliest.isoformat(),
            "aria-label": _("Onboarding date of %(name)s") % {"name": confirmation.application.person.name},
        }


class DeclineForm(forms.Form):
    """Why the department does not need the person."""

    reason = TextField(
        label=_("Reason"),
        min_length=2,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text=_("Visible to the branch's HR, not to the candidate."),
    )


class KeysField(forms.TypedMultipleChoiceField):
    """Ticked rows; whether they are in scope is the view's question."""

    def valid_value(self, value: str) -> bool:
        """A key as the database has them."""
        return value.isascii() and value.isdecimal() and len(value) <= LONGEST_KEY


class BulkConfirmForm(forms.Form):
    """Several candidates, each with the date proposed."""

    chosen = KeysField(coerce=int, error_messages={"required": _("Select at least one candidate.")})
