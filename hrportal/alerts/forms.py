"""How a member of staff chooses to be told."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrportal.alerts.enums import AlertChannels, AlertTiming, Weekday
from hrportal.models import DIGEST_HOURS, AlertPreference

HOURS = [(str(hour), f"{hour:02}:00") for hour in DIGEST_HOURS]
A_WHOLE_WEEK = len(Weekday)


class PreferenceForm(forms.Form):
    """Channels, moments and free days of one person."""

    channels = forms.ChoiceField(
        label=gettext_lazy("Send messages by"), choices=AlertChannels, widget=forms.RadioSelect
    )
    timing = forms.ChoiceField(label=gettext_lazy("When"), choices=AlertTiming, widget=forms.RadioSelect)
    hours = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Digests at"),
        choices=HOURS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    free_weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Other days off"),
        choices=Weekday,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "On days off you receive urgent messages only, and none between 22:00 and 8:00."
        ),
    )
    away_from = forms.DateField(
        label=gettext_lazy("Away from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    away_until = forms.DateField(
        label=gettext_lazy("until and including"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("To have a colleague act for you, arrange a delegation."),
    )

    def clean_free_weekdays(self) -> list[int]:
        """At least one day of work is left."""
        days: list[int] = self.cleaned_data["free_weekdays"]
        if len(days) >= A_WHOLE_WEEK:
            raise forms.ValidationError(_("Leave at least one working day, or enter an absence below."))
        return days

    def clean(self) -> dict[str, Any]:
        """Digests have an hour, and an absence has both ends in their order."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("timing") == AlertTiming.DIGEST and not cleaned.get("hours") and "hours" in cleaned:
            self.add_error("hours", _("Choose at least one hour for your digests."))
        start, end = cleaned.get("away_from"), cleaned.get("away_until")
        if bool(start) != bool(end) and not self.has_error("away_from") and not self.has_error("away_until"):
            self.add_error(
                "away_until" if start else "away_from", _("Enter both the first and the last day.")
            )
        elif start and end and end < start:
            self.add_error("away_until", _("Enter a last day that is not before the first day."))
        return cleaned


def initial_of(preference: AlertPreference) -> dict[str, Any]:
    """What the form shows before anything is typed."""
    return {
        "channels": preference.channels,
        "timing": preference.timing,
        "hours": [str(hour) for hour in preference.hours],
        "free_weekdays": [str(day) for day in preference.free_weekdays],
        "away_from": preference.away_from,
        "away_until": preference.away_until,
    }
