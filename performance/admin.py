"""The settings of the performance app: targets."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from branches.admin import PortalAdmin
from branches.forms import BranchField
from performance.models import Target

if TYPE_CHECKING:
    TargetModelForm = forms.ModelForm[Target]
else:
    TargetModelForm = forms.ModelForm


class TargetForm(TargetModelForm):
    """One target; the branches of the select are moved in by their level."""

    branch = BranchField(
        help_text=gettext_lazy(
            "Empty: the whole bank. A branch's own target replaces the bank's of the same code there and below."
        )
    )

    class Meta:
        model = Target
        fields = [
            "code",
            "position",
            "branch",
            "text_zh",
            "text_en",
            "threshold",
            "months",
            "unit_zh",
            "unit_en",
            "order",
        ]
        labels = {
            "position": gettext_lazy("Position"),
            "unit_zh": gettext_lazy("Unit in Chinese"),
            "unit_en": gettext_lazy("Unit in English"),
            "order": gettext_lazy("Order"),
        }


@admin.register(Target)
class TargetAdmin(PortalAdmin):
    """Targets by position; what a candidate has been told stays in the notice."""

    form = TargetForm
    list_display = ("text_shown", "code", "position_shown", "branch_shown", "threshold_shown", "months")
    search_fields = ("code", "text_zh", "text_en")
    list_select_related = ("position", "branch")
    lead = gettext_lazy(
        "Named in the notice and measured later; a change holds for notices composed from now on."
    )
    fieldsets = (
        (None, {"fields": (("position", "branch"), ("code", "order"))}),
        (gettext_lazy("In words"), {"fields": (("text_zh", "text_en"),)}),
        (gettext_lazy("Value to reach"), {"fields": (("threshold", "months"), ("unit_zh", "unit_en"))}),
    )

    @admin.display(description=gettext_lazy("Target"), ordering="text_zh")
    def text_shown(self, target: Target) -> str:
        """The text in the reader's language."""
        return target.text_en if is_english() else target.text_zh

    @admin.display(description=gettext_lazy("Position"), ordering="position")
    def position_shown(self, target: Target) -> str:
        """The position."""
        return str(target.position)

    @admin.display(description=gettext_lazy("Branch"), ordering="branch__path")
    def branch_shown(self, target: Target) -> str:
        """The branch, or the whole bank."""
        return str(target.branch) if target.branch else _("whole bank")

    @admin.display(description=gettext_lazy("Value to reach"), ordering="threshold")
    def threshold_shown(self, target: Target) -> str:
        """The value with its unit."""
        unit = target.unit_en if is_english() else target.unit_zh
        return f"{target.threshold.normalize():f} {unit}".strip()


def is_english() -> bool:
    """Whether the reader's language is English."""
    return (get_language() or "").startswith("en")
