"""What candidates type: on the page, and as the bank's app passes it on."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from branches.calendar import WorkCalendar
from hrportal.kernel.form_fields import TextField
from recruitment.enums import Attitude

LATEST_DATE_DAYS = 365
TEXT_LENGTH = 500
OTHER_REASON = "other"


class IdentityForm(forms.Form):
    """The last six characters of the ID, or a shorter number whole."""

    digits = TextField(min_length=5, max_length=12)


class DeclineForm(forms.Form):
    """Why not: one of the usual reasons, in own words, or both."""

    REASONS = (
        ("job", _("I have accepted another job")),
        ("place", _("I want to stay in another city")),
        ("pay", _("The pay does not meet my expectations")),
        ("study", _("I will continue my studies")),
        (OTHER_REASON, _("Another reason")),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS, widget=forms.RadioSelect)
    more = TextField(
        label=_("Comment"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Required only for “Another reason”."),
    )

    def clean(self) -> dict[str, Any]:
        """Another reason must be named."""
        cleaned = super().clean() or {}
        if cleaned.get("reason") == OTHER_REASON and not cleaned.get("more"):
            self.add_error("more", _("Please enter a short reason."))
        return cleaned

    def text(self) -> str:
        """The reason as HR reads it."""
        label = str(dict(self.REASONS)[self.cleaned_data["reason"]])
        return "：".join(filter(None, (label, self.cleaned_data["more"])))


class ReasonForm(forms.Form):
    """Why not, in the app's own form."""

    reason = TextField(max_length=TEXT_LENGTH, widget=forms.Textarea)


class AskForm(forms.Form):
    """A question to HR."""

    text = TextField(
        label=_("Your question"), max_length=TEXT_LENGTH, widget=forms.Textarea(attrs={"rows": 5})
    )


class ReactForm(forms.Form):
    """The attitude to one target."""

    target = TextField(max_length=60)
    attitude = forms.ChoiceField(choices=Attitude.choices)
    # The page takes TEXT_LENGTH; browsers send each line break as two characters.
    text = TextField(max_length=2 * TEXT_LENGTH, required=False, widget=forms.Textarea)


class DateForm(forms.Form):
    """Another first day: a working day from the day after tomorrow on, within a year."""

    date = forms.DateField(
        label=_("Preferred start date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    text = TextField(
        label=_("Why (optional)"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, today: dt.date, calendar: WorkCalendar, **kwargs: Any) -> None:
        """``today`` is the business day."""
        super().__init__(*args, **kwargs)
        self.calendar = calendar
        # The first working day after tomorrow.
        self.earliest = calendar.next_working_day(today + dt.timedelta(days=2))
        self.latest = today + dt.timedelta(days=LATEST_DATE_DAYS)
        self.fields["date"].widget.attrs |= {"min": self.earliest.isoformat(), "max": self.latest.isoformat()}

    def clean_date(self) -> dt.date:
        """Refuse what no branch could prepare."""
        day: dt.date = self.cleaned_data["date"]
        if day < self.earliest:
            raise ValidationError(_("Please choose a later date, so that the branch can prepare."))
        if day > self.latest:
            raise ValidationError(_("Please choose a date within a year."))
        if not self.calendar.is_working_day(day):
            raise ValidationError(_("Please choose a working day, not a weekend or public holiday."))
        return day
