"""How lists of hires are narrowed, and what is typed when somebody begins to work."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from hrportal.kernel.form_fields import TextField
from hrportal.kernel.searches import SearchField
from performance.wire import REFERENCE
from recruitment.models import Application

LONGEST_NUMBER = 40


class HireFilter(forms.Form):
    """Name or number, subtree, position, season."""

    posted_to = "hires"

    view = TextField(required=False, widget=forms.HiddenInput)
    q = SearchField(label=_("Name, reference or employee number"), placeholder=_("Enter any part"))
    branch = forms.ChoiceField(label=_("Branch and below"), required=False)
    position = forms.ChoiceField(label=_("Position"), required=False)
    season = forms.RegexField(
        r"^[0-9a-z-]{1,12}$",
        label=_("Season"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "2026-autumn", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, branches: list[tuple[str, str]], positions: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "branch", [("", str(_("All"))), *branches])
        offer(self, "position", [("", str(_("All"))), *positions])


class HireForm(forms.Form):
    """Employee number and first day. The inputs stand in a table, away from the ``<form>`` they belong to."""

    employee_no = forms.RegexField(
        rf"^(?:{REFERENCE.pattern})\Z",
        label=_("Employee number"),
        max_length=LONGEST_NUMBER,
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        ),
        error_messages={
            "required": _("Enter the employee number."),
            "invalid": _("Use letters, digits and . _ : / - only."),
        },
    )
    onboarded_on = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "form-control"}),
        error_messages={
            "required": _("Choose a date."),
            "invalid": _("Enter the date as year-month-day, such as 2026-11-30."),
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, application: Application) -> None:
        super().__init__(
            data,
            initial={"onboarded_on": application.onboarding_on},
            auto_id=f"hire_{application.pk}_%s",
        )
        name = {"name": application.person.name}
        labels = {
            "employee_no": gettext("Employee number of %(name)s") % name,
            "onboarded_on": gettext("First day of %(name)s") % name,
        }
        for field, label in labels.items():
            self.fields[field].widget.attrs |= {"form": f"hire-{application.pk}", "aria-label": label}
