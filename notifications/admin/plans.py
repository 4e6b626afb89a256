"""Channel plans with their steps, and review policies."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.admin import PortalAdmin, PortalInline
from notifications.enums import ChannelCode, StepCondition
from notifications.models import ChannelPlan, ChannelPlanStep, ReviewPolicy
from notifications.providers.registry import is_on

if TYPE_CHECKING:
    StepModelForm = forms.ModelForm[ChannelPlanStep]
    StepModelFormSet = forms.BaseInlineFormSet[Any, Any, forms.ModelForm[Any]]
else:
    StepModelForm = forms.ModelForm
    StepModelFormSet = forms.BaseInlineFormSet

FROZEN = gettext_lazy("Approved notices keep their plan. Changes apply to notices composed from now on.")


class StepForm(StepModelForm):
    """One step; the channels of ``at_once_without`` are ticked."""

    at_once_without = forms.MultipleChoiceField(
        label=gettext_lazy("Send immediately without"),
        choices=ChannelCode,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Sends immediately if the recipient has none of these channels."),
    )

    class Meta:
        model = ChannelPlanStep
        fields = ["order", "channel", "delay_minutes", "condition", "urgent", "at_once_without"]

    def clean_channel(self) -> str:
        """A channel that the bank has.

        Raises:
            ValidationError: its variables are not set, so nothing would ever leave by it.
        """
        channel: str = self.cleaned_data["channel"]
        if not is_on(channel):
            raise ValidationError(
                _(
                    "%(channel)s is not configured, so this step would be skipped. Choose another "
                    "channel, delete the step, or ask IT operations to configure the channel."
                ),
                params={"channel": ChannelCode(channel).label},
            )
        return channel


class StepFormSet(StepModelFormSet):
    """The steps of one plan, judged together."""

    def clean(self) -> None:
        """Not empty, and every step whose condition looks back has something to look back at."""
        super().clean()
        steps = sorted(
            (form.cleaned_data for form in self.forms if _is_kept(form)),
            key=lambda step: step.get("order") or 0,
        )
        if not steps:
            raise ValidationError(_("A plan needs at least one step. Add one with a channel and an order."))
        if steps[0].get("condition") != StepCondition.ALWAYS:
            raise ValidationError(
                _(
                    "The first step depends on earlier steps, so nothing would be sent. Set its condition to “always”."
                )
            )


class StepInline(PortalInline):
    model = ChannelPlanStep
    form = StepForm
    formset = StepFormSet


@admin.register(ChannelPlan)
class ChannelPlanAdmin(PortalAdmin):
    """Channel plans, their steps in the order in which they go out."""

    list_display = ("name", "code", "draft_shown", "steps_shown")
    list_filter = ("is_draft",)
    search_fields = ("name", "code")
    inlines = (StepInline,)
    stored_with = ("steps",)
    lead = FROZEN

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChannelPlan]:
        """With the steps: two queries for the list."""
        rows: QuerySet[ChannelPlan] = super().get_queryset(request).prefetch_related("steps")
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: ChannelPlan | None = None) -> tuple[str, ...]:
        """A draft becomes a plan; a plan that rules use does not become a draft."""
        return ("opened_from",) if obj is not None and obj.is_draft else ("draft_shown", "opened_from")

    def get_fields(self, request: HttpRequest, obj: ChannelPlan | None = None) -> list[Any]:
        """Whether it is a draft can be changed of a draft only; else it is told."""
        draft = "is_draft" if obj is not None and obj.is_draft else "draft_shown"
        return [("name", "code"), draft, "opened_from"]

    @admin.display(description=gettext_lazy("draft"), ordering="is_draft")
    def draft_shown(self, plan: ChannelPlan) -> str:
        """In a word; Django's picture has only an English one."""
        return _("yes") if plan.is_draft else _("no")

    @admin.display(description=gettext_lazy("Opened from"))
    def opened_from(self, plan: ChannelPlan) -> str:
        """The page whose button made this plan."""
        return format_html('<a href="{0}">{0}</a>', plan.origin) if plan.origin else "–"

    @admin.display(description=gettext_lazy("Steps"))
    def steps_shown(self, plan: ChannelPlan) -> str:
        """Channel and delay of each step."""
        return " → ".join(_step(step) for step in plan.steps.all()) or "–"


@admin.register(ReviewPolicy)
class ReviewPolicyAdmin(PortalAdmin):
    """How long each human step may take."""

    list_display = (
        "name",
        "code",
        "confirm_minutes",
        "review_minutes",
        "follow_up_minutes",
        "unread_minutes",
        "reply_days",
    )
    search_fields = ("name", "code")
    lead = gettext_lazy("In minutes, around the clock. Changes apply to items started from now on.")
    fieldsets = (
        (None, {"fields": (("name", "code"),)}),
        (
            gettext_lazy("Time limits"),
            {
                "fields": (
                    ("confirm_minutes", "review_minutes", "follow_up_minutes"),
                    ("unread_minutes", "remind_minutes_before"),
                    ("reply_days", "min_reply_hours"),
                    "inform_administration_at_sending",
                )
            },
        ),
    )


def _is_kept(form: Any) -> bool:
    typed = getattr(form, "cleaned_data", {})
    return bool(typed) and not typed.get("DELETE")


def _step(step: ChannelPlanStep) -> str:
    if not is_on(step.channel):
        return _("%(channel)s (not configured, skipped)") % {"channel": step.get_channel_display()}
    if not step.delay_minutes:
        return str(step.get_channel_display())
    return _("%(channel)s after %(minutes)d min") % {
        "channel": step.get_channel_display(),
        "minutes": step.delay_minutes,
    }
