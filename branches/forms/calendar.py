"""What head office types about the calendar: a year's file, the hours of a branch."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from branches.calendar import CalendarDay, read_year
from branches.calendar.files import YearRefused
from branches.forms.staff import StaffFileForm
from hrportal.kernel.form_fields import TextField

FIRST_YEAR, LAST_YEAR = 2020, 2099


class YearForm(StaffFileForm):
    """The holidays and make-up working days of one year, as a file."""

    field_order = ["year", "is_official", "source", "file"]

    year = forms.IntegerField(label=_("Year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    is_official = forms.BooleanField(
        label=_("Official arrangement of the State Council"),
        required=False,
        help_text=_("Leave clear for a draft. You will be reminded to import the official one."),
    )
    source = TextField(
        label=_("Source"), max_length=120, help_text=_("Number or address of the published notice.")
    )
    days: tuple[CalendarDay, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Read the file; each wrong row is named with its line, its field and the remedy."""
        cleaned = super().clean() or {}
        if "year" in cleaned and "file" in cleaned:
            try:
                self.days = read_year(self.content(), year=cleaned["year"])
            except YearRefused as refusal:
                self.add_error("file", [ValidationError(str(error)) for error in refusal.errors[:20]])
        return cleaned


class HoursForm(forms.Form):
    """When work begins and ends at a branch."""

    opens_at = forms.TimeField(
        label=_("Work begins"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Leave both empty to use the hours of the branch above."),
    )
    closes_at = forms.TimeField(
        label=_("Work ends"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
