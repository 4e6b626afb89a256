"""Two records of one person: which, whose offer stands, and why."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from hrportal.kernel.form_fields import TextField
from recruitment.forms.candidates import ReasonForm
from recruitment.models import Claim


class PairForm(forms.Form):
    """Any application of each of the two."""

    one = TextField(
        label=_("An application of the first record"),
        max_length=64,
        help_text=_("The reference shown on the candidate's page."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    other = TextField(
        label=_("An application of the second record"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class MergeForm(ReasonForm):
    """How the proposer knows, and which of two offers stands."""

    standing = forms.ChoiceField(label=_("Offer to keep"), widget=forms.RadioSelect)
    field_order = ("standing", "reason")

    def __init__(self, *args: Any, offers: list[Claim], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(offers) < 2:
            del self.fields["standing"]
            return
        offer(self, "standing", [(str(row.application_id), _describe(row)) for row in offers])


def _describe(claim: Claim) -> str:
    application = claim.application
    state = application.get_state_display()
    return f"{application.ref} · {application.branch.name} · {application.position} · {state}"
