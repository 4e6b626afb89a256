"""What HR types when an offer that was sent is changed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrportal.kernel.form_fields import TextField
from recruitment.enums import AnswerMedium, DayAnswer, ReplyKind
from recruitment.forms.candidates import ReasonForm


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day, by the browser's own calendar."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose a date."),
            "invalid": _("Enter the date as year-month-day, such as 2026-11-30."),
        },
    )


class RevocationForm(forms.Form):
    """Why an offer is revoked; a second person reads it."""

    reason = TextField(
        label=_("Reason"),
        min_length=4,
        max_length=200,
        help_text=_("Shown to the second person and kept in the history; the candidate does not see it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DeadlineForm(ReasonForm):
    """Until when the candidate may reply."""

    until = day_field(_("Reply by"), help_text=_("The deadline ends at the end of this day."))
    field_order = ("until", "reason")


class FirstDayForm(ReasonForm):
    """Another first day, and whether the candidate has agreed to it already."""

    day = day_field(_("New first day"))
    agreed = forms.BooleanField(
        label=_("The candidate has agreed to this day"),
        required=False,
        help_text=_("Without it, a candidate who has accepted is asked first. Say below how they agreed."),
    )
    field_order = ("day", "agreed", "reason")


class DayAnswerForm(forms.Form):
    """The answer to the day that the candidate asked for."""

    answer = forms.ChoiceField(label=_("Answer"), choices=DayAnswer, widget=forms.RadioSelect)
    day = day_field(_("Day you propose instead"), required=False)
    text = TextField(
        label=_("Message to the candidate"),
        min_length=2,
        max_length=1000,
        help_text=_("The candidate reads it on the notice page."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RecordedAnswerForm(forms.Form):
    """An answer that came by phone, on paper or in person, with what proves it."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[(kind.value, kind.label) for kind in (ReplyKind.ACCEPT, ReplyKind.DECLINE)],
        widget=forms.RadioSelect,
    )
    medium = forms.ChoiceField(label=_("How the answer came"), choices=AnswerMedium, widget=forms.RadioSelect)
    evidence = TextField(
        label=pgettext_lazy("of an answer", "Evidence"),
        min_length=4,
        max_length=300,
        help_text=_("Date and time of the call and who took it, or where the signed paper is filed."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    reason = TextField(
        label=_("Reason for declining"),
        max_length=500,
        required=False,
        help_text=_("In the candidate's words. Required if the candidate declines."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """A decline has a reason, as on the candidate's own page."""
        cleaned = super().clean() or {}
        if cleaned.get("answer") == ReplyKind.DECLINE and not cleaned.get("reason"):
            self.add_error("reason", _("Enter a reason."))
        return cleaned
