"""A performance target as head office writes it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.forms import BranchField
from performance.models import Target
from performance.models.targets import CONTENT

if TYPE_CHECKING:
    TargetModelForm = forms.ModelForm[Target]
else:
    TargetModelForm = forms.ModelForm


class TargetForm(TargetModelForm):
    """One target; the branches of the select are moved in by their level."""

    branch = BranchField(
        help_text=gettext_lazy(
            "Leave empty for the whole bank. A branch target replaces the bank's target with the same code at that branch and below."
        )
    )
    # The version that the author started from.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Target
        fields = ["code", "position", "branch", "season", *CONTENT]
        labels = {
            "position": gettext_lazy("Position"),
            "unit_zh": gettext_lazy("Unit in Chinese"),
            "unit_en": gettext_lazy("Unit in English"),
            "order": gettext_lazy("Order"),
            "active": gettext_lazy("Active"),
        }
        help_texts = {
            "season": gettext_lazy(
                "Leave empty for all seasons. At the same branch, a target for one season replaces the target for all seasons."
            ),
            "active": gettext_lazy(
                "If turned off, new notices no longer state this target. Targets already notified remain valid."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.instance.version if self.instance.pk else None

    def clean(self) -> dict[str, Any]:
        """Two authors of one target: the later one is told, with everything typed still there."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk and cleaned.get("seen") is not None:
            stored = Target.objects.values_list("version", flat=True).get(pk=self.instance.pk)
            if stored != cleaned["seen"]:
                self._start_from(stored)
        return cleaned

    def _start_from(self, version: int) -> None:
        self.add_error(
            None,
            _(
                "This target was saved by someone else after you opened it (version %(version)d). Your "
                "entries are kept below but not saved. Save again to replace the other changes."
            )
            % {"version": version},
        )
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict, as the request sent it
        self.data["seen"] = str(version)  # type: ignore[index]  # copied above
