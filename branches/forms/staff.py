"""What is typed about staff, and how their list is narrowed."""

from base64 import b64decode, b64encode
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator, RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from branches.forms.shared import offer
from branches.operations.staff import Contact
from branches.roles import Role, rights_of_role
from branches.staff_files import USERNAME
from hrportal.kernel.form_fields import NameField, TextField
from hrportal.kernel.searches import SearchField

LARGEST_FILE = 512 * 1024


class StaffFilter(forms.Form):
    """Name, role, subtree; those whose roles have ended on their own."""

    posted_to = "staff"

    view = TextField(required=False, widget=forms.HiddenInput)
    q = SearchField(label=_("Name or user name"), placeholder=_("Enter any part"))
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All")), *Role.choices])
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)

    def __init__(self, *args: Any, branches: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", [("", str(_("All"))), *branches])


class SpanForm(forms.Form):
    """A time of whole days, the last one included; an open end is none."""

    valid_from = forms.DateField(
        label=pgettext_lazy("of a role", "First day"),
        required=False,
        help_text=_("Leave empty to start immediately."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    valid_until = forms.DateField(
        label=pgettext_lazy("of a role", "Last day"),
        required=False,
        help_text=_("Leave empty for no end date."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first, nor over."""
        found = super().clean() or {}
        first, last = found.get("valid_from"), found.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day must not be before the first day."))
        return found


class RoleForm(SpanForm):
    """A role at a branch, or at a department of it."""

    field_order = ["role", "branch", "department", "valid_from", "valid_until"]

    role = forms.ChoiceField(label=_("Role"))
    branch = forms.ChoiceField(label=_("Branch"))
    department = forms.ChoiceField(
        label=_("Department"), required=False, help_text=_("Only for the hiring department role.")
    )

    def __init__(
        self,
        *args: Any,
        roles: list[tuple[str, str]],
        branches: list[tuple[str, str]],
        departments: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "role", [("", "–"), *roles])
        offer(self, "branch", [("", "–"), *branches])
        offer(self, "department", [("", "–"), *departments])

    def clean(self) -> dict[str, Any]:
        """The department belongs to one role, and to no other."""
        found = super().clean() or {}
        is_department = rights_of_role(found.get("role", "")).at_department
        if "role" in found and is_department != bool(found.get("department")):
            self.add_error(
                "department",
                _(
                    "Choose a department for the hiring department role, and leave it empty for all other roles."
                ),
            )
        return found


class ContactForm(forms.Form):
    """Where links for a password go: at least one of the two."""

    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        required=False,
        help_text=_(
            "The person's own address at the bank. The password link is sent there and is not shown to anyone else."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    wecom_id = TextField(
        label=_("WeCom account"),
        max_length=64,
        required=False,
        help_text=_("Instead of, or in addition to, an email address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """One of them is needed."""
        found = super().clean() or {}
        if not self.errors and not (found.get("email") or found.get("wecom_id")):
            self.add_error("email", _("Enter an email address or a WeCom account for the password link."))
        return found

    def contact(self) -> Contact:
        """Both, once they are valid."""
        return Contact(self.cleaned_data["email"], self.cleaned_data["wecom_id"])


class ChangeContactForm(ContactForm):
    """Another mailbox or WeCom account of a colleague, and why."""

    reason = TextField(
        label=_("Reason"),
        min_length=4,
        max_length=200,
        help_text=_(
            "Shown to the approver, for example how you verified that the address belongs to this person."
        ),
    )


class InviteForm(RoleForm, ContactForm):
    """A new account with its first role."""

    field_order = ["username", "name", "email", "wecom_id", *RoleForm.field_order]

    username = TextField(
        label=_("User name"),
        max_length=60,
        validators=[
            RegexValidator(
                rf"^{USERNAME.pattern}$", _("Enter 3 to 60 letters, digits, dots, hyphens or underscores.")
            )
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = NameField(label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))


class DelegationForm(SpanForm):
    """A stand-in for an absence."""

    field_order = ["delegate", "valid_from", "valid_until", "reason"]

    delegate = TextField(
        label=_("Delegate's user name"),
        max_length=150,
        help_text=_(
            "May act within the delegator's permissions. Every action is recorded under the delegate's name."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = TextField(label=_("Reason"), min_length=2, max_length=200, help_text=_("Kept in the history."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_until"].required = True
        self.fields["valid_until"].help_text = ""


class EndForm(forms.Form):
    """Why something ends."""

    reason = TextField(
        label=_("Reason"),
        min_length=4,
        max_length=500,
        help_text=_("Kept in the history."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StaffFileForm(forms.Form):
    """A list of staff; looked at before anything is stored."""

    file = forms.FileField(
        label=_("CSV or Excel file"),
        validators=[FileExtensionValidator(["csv", "xlsx"], _("Choose a file that ends in .csv or .xlsx."))],
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )

    def clean_file(self) -> Any:
        """Small enough to be read at once."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise ValidationError(_("The file is larger than 512 KB; split it."))
        return file

    def content(self) -> bytes:
        """The file, once it is valid."""
        raw: bytes = self.cleaned_data["file"].read()
        return raw


class StaffContentForm(forms.Form):
    """The same file when it was looked at, in base 64: what goes in is what was shown."""

    encoded = forms.CharField(max_length=LARGEST_FILE * 2, widget=forms.HiddenInput)

    def clean_encoded(self) -> bytes:
        """The bytes of the file."""
        try:
            return b64decode(self.cleaned_data["encoded"], validate=True)
        except ValueError:
            raise ValidationError(_("Choose the file again.")) from None

    def content(self) -> bytes:
        """The file, once it is valid."""
        raw: bytes = self.cleaned_data["encoded"]
        return raw

    @classmethod
    def of(cls, raw: bytes) -> "StaffContentForm":
        """The form that carries this file to the next step."""
        return cls(initial={"encoded": b64encode(raw).decode()})
