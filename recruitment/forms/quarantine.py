"""The quarantine: how its list is narrowed, what is put right, and what two people say of a signal."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from branches.models import Branch, Position
from hrportal.kernel import clocks
from hrportal.kernel.form_fields import KeysField, NameField, TextField
from hrportal.kernel.optimistic_lock import SeenField
from notifications.addresses import AddressImpossible, normalise_address
from notifications.enums import AddressKind
from recruitment.correction import CORRECTABLE
from recruitment.enums import IdType, MatchKind, QuarantineReason
from recruitment.forms.candidates import ReasonForm
from recruitment.identity import IdNumberImpossible, read_document
from recruitment.wire import Signal

_IDENTITY = ("id_type", "id_number", "name", "phone", "email")
# What can be put right, by the reason; every field where none is named.
FIELDS: dict[str, tuple[str, ...]] = {
    QuarantineReason.UNKNOWN_BRANCH: ("branch_code",),
    QuarantineReason.BRANCH_CLOSED: ("branch_code",),
    QuarantineReason.UNKNOWN_POSITION: ("position_code",),
    QuarantineReason.BAD_ID_NUMBER: ("id_type", "id_number"),
    QuarantineReason.BAD_NAME: ("name",),
    QuarantineReason.UNREACHABLE: ("phone", "email"),
    QuarantineReason.IDENTITY_CONFLICT: _IDENTITY,
    QuarantineReason.SAME_PERSON: _IDENTITY,
    QuarantineReason.INTERVIEW_CONFLICT: ("interview_id", "revision", "application_ref"),
    QuarantineReason.REFERENCE_CONFLICT: (
        *("application_ref", "branch_code", "position_code", "season"),
        *("id_type", "id_number"),
    ),
}


class QuarantineFilter(forms.Form):
    """Reason, subtree."""

    reason = forms.ChoiceField(
        label=_("Reason"), required=False, choices=[("", _("All")), *QuarantineReason.choices]
    )
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", [("", str(_("All"))), *branches])


class RetryChosenForm(forms.Form):
    """Several signals, each to be tried again."""

    chosen = KeysField(error_messages={"required": _("Select at least one result.")})


def _text(label: Any, longest: int, **more: Any) -> TextField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return TextField(label=label, max_length=longest, required=False, widget=widget, **more)


class SignalCorrectionForm(forms.Form):
    """What should have been sent; what is left empty stays as it was sent."""

    id_type = forms.ChoiceField(
        label=_("ID type"), required=False, choices=[("", _("As sent")), *IdType.choices]
    )
    id_number = _text(_("ID number"), 32)
    name = NameField(label=_("Name"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = _text(
        _("Phone"), 60, help_text=_("Include the country code unless it is a mainland China number.")
    )
    email = _text(_("Email"), 254)
    interview_id = _text(_("Interview ID"), 64)
    revision = forms.IntegerField(label=_("Revision"), min_value=1, max_value=1000, required=False)
    application_ref = _text(_("Application reference"), 64)
    branch_code = _text(_("Branch code"), 6)
    position_code = _text(_("Position code"), 40)
    season = forms.RegexField(
        r"^[0-9]{4}-(spring|autumn|social)$",
        label=_("Season"),
        required=False,
        help_text=_("Such as 2026-autumn."),
    )
    seen = SeenField()
    why = TextField(
        label=_("Source of information"),
        min_length=4,
        max_length=300,
        help_text=_("Kept in the history. Do not enter ID or phone numbers."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, reason: str, signal: Signal | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signal = signal
        for name in CORRECTABLE:
            if name not in FIELDS.get(reason, CORRECTABLE):
                del self.fields[name]

    def clean_phone(self) -> str:
        """A number that an SMS can reach."""
        return self._reachable("phone", AddressKind.PHONE)

    def clean_email(self) -> str:
        """A mailbox."""
        return self._reachable("email", AddressKind.EMAIL)

    def clean_branch_code(self) -> str:
        """An open branch."""
        code: str = self.cleaned_data["branch_code"]
        if code and not Branch.objects.filter(code=code, closed_on__isnull=True).exists():
            raise forms.ValidationError(_("No open branch has this code."))
        return code

    def clean_position_code(self) -> str:
        """A position of the bank."""
        code: str = self.cleaned_data["position_code"]
        if code and not Position.objects.filter(code=code).exists():
            raise forms.ValidationError(_("No position has this code."))
        return code

    def clean(self) -> None:
        """At least one value, and a number that fits its document."""
        super().clean()
        if not self.errors and not self.values:
            raise forms.ValidationError(_("Enter the correct values, or dismiss the result."))
        given = self.values.keys() & {"id_type", "id_number"}
        if self.errors or not given or self.signal is None:
            return
        held = self.signal.data.candidate
        try:
            read_document(
                self.values.get("id_number", held.id_number),
                id_type=self.values.get("id_type", held.id_type),
                today=timezone.localdate(clocks.now()),
            )
        except IdNumberImpossible:
            self.add_error(
                "id_number" if "id_number" in self.fields else None,
                _(
                    "This number is not valid for this document type. Check the document again. If it "
                    "is correct, propose to accept it as sent."
                ),
            )

    @property
    def values(self) -> dict[str, str]:
        """What was filled in, by field."""
        return {name: str(self.cleaned_data[name]) for name in CORRECTABLE if self.cleaned_data.get(name)}

    def _reachable(self, name: str, kind: AddressKind) -> str:
        value: str = self.cleaned_data[name]
        try:
            return normalise_address(value, kind=kind) if value else ""
        except AddressImpossible:
            raise forms.ValidationError(
                _(
                    "This address cannot be reached. Enter a mobile number with country code, or an "
                    "email address with Latin letters before the @."
                )
            ) from None


class SignalProposalForm(ReasonForm):
    """What a signal is, for a second person to confirm."""

    kind = forms.ChoiceField(label=_("This result"), widget=forms.RadioSelect)
    field_order = ("kind", "reason")

    def __init__(self, *args: Any, reason: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = proposals(reason)
        offer(self, "kind", choices)
        if len(choices) == 1:
            self.initial.setdefault("kind", choices[0][0])


def proposals(reason: str) -> list[tuple[str, str]]:
    """What can be proposed of a signal with this quarantine reason."""
    as_sent = MatchKind.AS_SENT.value
    match reason:
        case QuarantineReason.BAD_ID_NUMBER:
            return [(as_sent, str(_("The document shows this number.")))]
        case QuarantineReason.UNREACHABLE:
            return [(as_sent, str(_("No other address. We will contact the candidate manually.")))]
        case QuarantineReason.IDENTITY_CONFLICT:
            return [(as_sent, str(_("The same person, with a new name and contact.")))]
        case QuarantineReason.SAME_PERSON:
            return [
                (MatchKind.LINK.value, str(_("The person on record, with another document."))),
                (as_sent, str(_("A different person."))),
            ]
    return []
