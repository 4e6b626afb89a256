"""What persons ask of their data, and the answer."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hrportal.kernel.form_fields import NameField, TextField
from hrportal.kernel.optimistic_lock import SeenField
from notifications.addresses import AddressImpossible, normalise_address
from notifications.enums import AddressKind
from recruitment.enums import DataRequestKind, DataRequestState, Education, Gender
from recruitment.models import Person
from recruitment.queries.people import facts_digest


class DataRequestForm(forms.Form):
    """Who asks for what, and how we know that it is who they say."""

    reference = TextField(
        label=_("Application reference"),
        max_length=64,
        help_text=_("As shown on the candidate's page. Any application of the person."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(label=_("Request type"), choices=DataRequestKind, widget=forms.RadioSelect)
    note = TextField(
        label=_("Request and identity verification"),
        min_length=4,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Outcome(TextChoices):
    """How a request ends."""

    DONE = DataRequestState.DONE.value, _("Completed as requested")
    REFUSED = DataRequestState.REFUSED.value, _("Rejected")


class AnswerForm(forms.Form):
    """How the request ends and what the person is told."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=Outcome, widget=forms.RadioSelect)
    answer = TextField(
        label=_("Reason or answer"),
        min_length=4,
        max_length=500,
        help_text=_("Kept with the request."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RightFactsForm(forms.Form):
    """What is right instead; filled with what is held, except addresses, which nobody needs to see here."""

    name = NameField(label=_("Name"))
    gender = forms.ChoiceField(label=_("Gender"), choices=[("", "–"), *Gender.choices], required=False)
    education = forms.ChoiceField(label=_("Education"), choices=Education)
    graduation_year = forms.IntegerField(label=_("Graduation year"), min_value=1970, max_value=2035)
    phone = TextField(
        label=_("Correct phone number"),
        max_length=60,
        required=False,
        help_text=_("Leave empty to keep the current number."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    email = TextField(
        label=_("Correct email address"),
        max_length=254,
        required=False,
        help_text=_("Leave empty to keep the current address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )

    seen = SeenField()

    @classmethod
    def held(cls, person: Person) -> dict[str, Any]:
        """What the form begins with."""
        facts = {name: getattr(person, name) for name in ("name", "gender", "education", "graduation_year")}
        return facts | {"seen": facts_digest(person)}

    def clean_phone(self) -> str:
        """A number that an SMS can reach."""
        return self._reachable("phone", AddressKind.PHONE)

    def clean_email(self) -> str:
        """A mailbox."""
        return self._reachable("email", AddressKind.EMAIL)

    def _reachable(self, name: str, kind: AddressKind) -> str:
        value: str = self.cleaned_data[name]
        if not value:
            return ""
        try:
            return normalise_address(value, kind=kind)
        except AddressImpossible:
            raise forms.ValidationError(
                _(
                    "This address cannot be reached. Enter a mobile number with country code, or an "
                    "email address with Latin letters before the @."
                )
            ) from None
