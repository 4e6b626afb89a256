"""How the list of candidates is narrowed, and what is typed on a candidate's page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches.forms import offer
from hrportal.kernel.form_fields import TextField
from hrportal.kernel.optimistic_lock import SeenField
from hrportal.kernel.searches import SearchField
from recruitment.enums import ApplicationState


class CandidateFilter(forms.Form):
    """Name or reference, state, subtree, position, season, date of the last change."""

    posted_to = "candidates"

    view = TextField(required=False, widget=forms.HiddenInput)
    q = SearchField(label=_("Name, reference, phone or ID number"), placeholder=_("Enter any part"))
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *ApplicationState.choices]
    )
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    position = forms.ChoiceField(label=_("Position"), required=False)
    season = forms.RegexField(
        r"^[0-9a-z-]{1,12}$",
        label=_("Season"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "2026-autumn", "autocomplete": "off"}),
    )
    since = forms.DateField(
        label=_("Changed from"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("Changed until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(
        self, *args: Any, branches: list[tuple[str, str]], positions: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", [("", str(_("All"))), *branches])
        offer(self, "position", [("", str(_("All"))), *positions])


class AnswerForm(forms.Form):
    """HR's answer; the candidate reads it on the notice."""

    text = TextField(
        label=_("Answer"), min_length=2, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    # How many answers were there to read.
    seen = SeenField()


class ReasonForm(forms.Form):
    """Why something is ended; kept in the history."""

    reason = TextField(
        label=_("Reason"),
        min_length=4,
        max_length=500,
        help_text=_("Kept in the history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RevealForm(forms.Form):
    """Which encrypted value somebody needs to see, and why; both are kept in the access log."""

    what = forms.ChoiceField(label=pgettext_lazy("which value", "Show"))
    purpose = TextField(
        label=_("Reason for access"),
        min_length=4,
        max_length=200,
        help_text=_("Viewing is recorded in the access log with user, time and reason."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "what", kinds)
