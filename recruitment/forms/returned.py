"""Mending a returned notice."""

from django import forms
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.form_fields import TextField
from hrportal.kernel.optimistic_lock import SeenField
from notifications.enums import Language


class NoticeForm(forms.Form):
    """What may be changed without touching a template."""

    language = forms.ChoiceField(label=_("Language of the notice"), choices=Language)
    onboarding_on = forms.DateField(
        label=_("Onboarding date"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Enter the date as year-month-day, such as 2026-11-30.")},
    )
    personal_note = TextField(
        label=_("Personal note"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One or two sentences for this candidate only, in the language of the notice."),
    )
    seen = SeenField()
