"""What is typed about a recommendation, and how the list of them is narrowed."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.form_fields import TextField
from notifications.models import ChannelPlan
from performance.enums import RecommendationKind, RecommendationState

if TYPE_CHECKING:
    PlanChoice = forms.ModelChoiceField[ChannelPlan]
else:
    PlanChoice = forms.ModelChoiceField


class RecommendationFilter(forms.Form):
    """Kind, state, season."""

    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All")), *RecommendationKind.choices]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *RecommendationState.choices]
    )
    season = forms.RegexField(
        r"^[0-9a-z-]{1,12}$",
        label=_("Season"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "2025-autumn", "autocomplete": "off"}),
    )


class CommentForm(forms.Form):
    """Why somebody stands for a finding."""

    comment = TextField(
        label=_("Reason for the proposal"),
        min_length=4,
        max_length=500,
        help_text=_("Shown to the signatory. It is not sent outside the bank."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SignForm(forms.Form):
    """A signature is given by somebody who says what they have read."""

    read = forms.BooleanField(
        label=_("I have read the evidence, its uncertainty and the effect on fairness."),
        error_messages={"required": _("Read the figures, then select this box.")},
    )


class WhyForm(forms.Form):
    """Why it is rejected or taken back."""

    reason = TextField(
        label=_("Reason"),
        min_length=4,
        max_length=500,
        help_text=_("Saved in the register."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DraftForm(forms.Form):
    """Which plan the draft is a copy of."""

    plan = PlanChoice(
        ChannelPlan.objects.filter(is_draft=False).order_by("name"),
        label=_("Plan to change"),
        empty_label=None,
        help_text=_("The plan stays unchanged. The draft is a copy that no rule can choose."),
    )
