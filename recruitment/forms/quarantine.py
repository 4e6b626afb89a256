"""The quarantine: how its list is narrowed, and which of its signals are tried again."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms import offer
from recruitment.enums import QuarantineReason
from recruitment.forms.keys import KeysField


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

    chosen = KeysField(coerce=UUID, error_messages={"required": _("Tick at least one signal.")})
