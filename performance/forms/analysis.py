"""How an analysis is chosen, and what is typed on its pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from hrportal.kernel.form_fields import TextField
from performance.analytics.randomised_band import WIDTHS
from performance.enums import CaseReason


class AnalysisFilter(forms.Form):
    """Season, branch with all below, position."""

    season = forms.ChoiceField(label=_("Season"), required=False)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    position = forms.ChoiceField(label=_("Position"), required=False)

    def __init__(
        self,
        *args: Any,
        seasons: list[str],
        branches: list[tuple[str, str]],
        positions: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "season", [(season, season) for season in seasons])
        offer(self, "branch", branches)
        offer(self, "position", [("", str(_("All"))), *positions])


class BandForm(forms.Form):
    """Width and share of a randomised band; nothing is kept."""

    season = TextField(required=False, widget=forms.HiddenInput)
    branch = TextField(required=False, widget=forms.HiddenInput)
    position = TextField(required=False, widget=forms.HiddenInput)
    width = forms.IntegerField(
        label=_("Points below the cut-off"), min_value=WIDTHS.start, max_value=WIDTHS.stop - 1
    )
    share = forms.IntegerField(
        label=_("Share of candidates just below the cut-off, %"), min_value=1, max_value=50
    )


class CaseForm(forms.Form):
    """What HR found out about one hire."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "–"), *CaseReason.choices])
    text = TextField(
        label=_("Findings"),
        min_length=4,
        max_length=1000,
        help_text=_(
            "Enter facts about the work, without names. Saved under your name; earlier notes are kept."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SimulationForm(forms.Form):
    """A world whose truth is known."""

    validity = forms.FloatField(
        label=_("True validity"),
        min_value=0,
        max_value=0.9,
        initial=0.45,
        help_text=_("Correlation of score and job performance among all applicants, 0 to 0.9."),
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )
    applicants = forms.IntegerField(
        label=_("Applicants in each season"),
        min_value=100,
        max_value=5_000,
        initial=2_000,
        help_text=_("About a third of them are hired."),
    )
    seasons = forms.IntegerField(
        label=_("Number of seasons"),
        min_value=1,
        max_value=100,
        initial=20,
        help_text=_("Bias and coverage need many seasons."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=999_999,
        initial=1,
        help_text=_("The same seed produces the same seasons."),
    )
