"""What persons ask of their data, and the answer."""

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from recruitment.enums import DataRequestKind, DataRequestState


class DataRequestForm(forms.Form):
    """Who asks for what, and how we know that it is who they say."""

    reference = forms.CharField(
        label=_("Application reference"),
        max_length=64,
        help_text=_("As on the candidate's page; any of the person's applications."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(label=_("Asks to"), choices=DataRequestKind, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What was asked, and how we know who asked"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Outcome(TextChoices):
    """How a request ends."""

    DONE = DataRequestState.DONE.value, _("Done as asked")
    REFUSED = DataRequestState.REFUSED.value, _("Refused")


class AnswerForm(forms.Form):
    """How the request ends and what the person is told."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("Reason or answer"),
        min_length=4,
        max_length=500,
        help_text=_("Kept with the request."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
