"""What is typed about a branch."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from branches.forms.shared import offer
from branches.forms.staff import EndForm
from hrportal.kernel.optimistic_lock import SeenField


class BranchTargetForm(EndForm):
    """Where a branch goes, and why."""

    field_order = ["target", "reason", "seen"]

    target = forms.ChoiceField(label=_("Branch"))
    seen = SeenField()

    def __init__(self, *args: Any, label: Any, targets: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].label = label
        offer(self, "target", [("", "–"), *targets])
