"""What is typed while a follow-up is worked on."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from hrportal.kernel.form_fields import TextField
from hrportal.kernel.optimistic_lock import SeenField
from notifications.enums import FollowUpOutcome, FollowUpState

# The other outcomes follow from what is done on the page, or happen by themselves.
TYPED_OUTCOMES = (
    FollowUpOutcome.REACHED,
    FollowUpOutcome.ANSWERED,
    FollowUpOutcome.UNREACHABLE,
    FollowUpOutcome.CANCELLED,
)


class UnknownSend(TextChoices):
    """What a person found out about a send whose outcome was unknown."""

    TAKEN = "taken", _("Sent successfully")
    NOT_TAKEN = "not_taken", _("Not sent; do not send")
    SEND_AGAIN = "send_again", _("Not sent; send again")


class FollowUpFilter(forms.Form):
    """Which follow-ups a list shows."""

    kind = TextField(required=False, widget=forms.HiddenInput)
    state = forms.ChoiceField(label=_("State"), choices=FollowUpState, required=False)
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", [("", str(_("All"))), *branches])


class RevealForm(forms.Form):
    """Why somebody needs to see a number; kept in the access log."""

    purpose = TextField(
        label=_("Reason for access"),
        min_length=4,
        max_length=200,
        help_text=_("Viewing the number is recorded in the access log with user, time and reason."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class NumberForm(forms.Form):
    """The right number."""

    number = TextField(
        label=_("Correct mobile number"),
        max_length=60,
        help_text=_("The approved notice is sent to the new number without another approval."),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
    )
    seen = SeenField()


class UnknownSendForm(forms.Form):
    """What became of a send."""

    finding = forms.ChoiceField(
        label=_("Outcome of the check"), choices=UnknownSend, widget=forms.RadioSelect
    )
    note = TextField(
        label=_("Source of information"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class OutcomeForm(forms.Form):
    """How a follow-up ended."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[(word.value, word.label) for word in TYPED_OUTCOMES],
        widget=forms.RadioSelect,
    )
    note = TextField(label=_("Note"), min_length=2, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
