"""Writing notice rules and checklist items."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from branches.enums import PositionFamily, word_of
from branches.forms import BranchField, offer
from branches.models import Position
from hrportal.kernel.form_fields import TextField
from notifications.enums import Dimension
from notifications.models import ChannelPlan, MessageTemplate
from notifications.queries.authoring import known_families
from notifications.rendering.content_fields import BlockKind
from recruitment.enums import Education
from recruitment.models import ChecklistItem, NoticeRule
from recruitment.queries.rules import active_rule_at, next_priority

if TYPE_CHECKING:
    RuleModelForm = forms.ModelForm[NoticeRule]
    ItemModelForm = forms.ModelForm[ChecklistItem]
else:
    RuleModelForm = ItemModelForm = forms.ModelForm

DIMENSION_PREFIX = "dimension_"
MOST_ITEMS, LONGEST_ITEM, LONGEST_TAG = 50, 120, 40


class ListField(TextField):
    """A list of texts, one for each separator; what is empty or said twice is dropped."""

    def __init__(self, *, separator: str, longest: int, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.separator, self.longest = separator, longest

    def prepare_value(self, value: Any) -> Any:
        """The list as it is typed."""
        joined = self.separator if self.separator == "\n" else f"{self.separator} "
        return joined.join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The list that was typed."""
        text = super().to_python(value) or ""
        items = list(dict.fromkeys(item.strip() for item in text.split(self.separator) if item.strip()))
        if len(items) > MOST_ITEMS:
            raise ValidationError(_("At most %(most)d."), params={"most": MOST_ITEMS})
        for item in items:
            if len(item) > self.longest:
                raise ValidationError(
                    _("“%(item)s” is longer than %(most)d characters. Shorten it."),
                    params={"item": item[:20], "most": self.longest},
                )
        return items

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the list differs, however it is typed."""
        try:
            return bool(list(initial or ()) != self.to_python(data))
        except ValidationError:
            return True


def least(dimension: Dimension) -> forms.FloatField:
    """The least score that an interview dimension must have."""
    return forms.FloatField(label=dimension.label, min_value=0, max_value=100, required=False)


class NoticeRuleForm(RuleModelForm):
    """A rule: each interview dimension has a field of its own, lists are ticked or typed one a line."""

    positions = forms.ModelMultipleChoiceField(
        Position.objects.all(),
        label=gettext_lazy("Positions"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    position_families = forms.MultipleChoiceField(
        label=gettext_lazy("Position families"), required=False, widget=forms.CheckboxSelectMultiple
    )
    branch = BranchField(help_text=gettext_lazy("This branch and all below it."))
    education = forms.MultipleChoiceField(
        label=gettext_lazy("Education"),
        choices=Education,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    graduation_from = forms.IntegerField(
        label=gettext_lazy("Graduation from"), min_value=1970, max_value=2100, required=False
    )
    graduation_until = forms.IntegerField(
        label=gettext_lazy("Graduation until"), min_value=1970, max_value=2100, required=False
    )
    any_experience = ListField(
        label=gettext_lazy("Any of these experience tags"),
        separator=",",
        longest=LONGEST_TAG,
        help_text=gettext_lazy("Separated by commas. One match is enough."),
    )
    min_score = forms.DecimalField(
        label=gettext_lazy("Overall score"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    dimension_professional = least(Dimension.PROFESSIONAL)
    dimension_stress_tolerance = least(Dimension.STRESS_TOLERANCE)
    dimension_service_awareness = least(Dimension.SERVICE_AWARENESS)
    dimension_communication = least(Dimension.COMMUNICATION)
    dimension_learning = least(Dimension.LEARNING)
    dimension_teamwork = least(Dimension.TEAMWORK)
    dimension_target_understanding = least(Dimension.TARGET_UNDERSTANDING)
    template = forms.ModelChoiceField(
        MessageTemplate.objects.filter(kind=BlockKind.BASE),
        label=gettext_lazy("Template"),
        help_text=gettext_lazy("The base template of the notice."),
    )
    channel_plan = forms.ModelChoiceField(
        ChannelPlan.objects.filter(is_draft=False),
        label=gettext_lazy("Channel plan"),
        help_text=gettext_lazy("Drafts are not listed."),
    )
    materials_zh = ListField(
        label=gettext_lazy("Materials in Chinese"),
        separator="\n",
        longest=LONGEST_ITEM,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Documents to bring on the first day, one per line."),
    )
    materials_en = ListField(
        label=gettext_lazy("Materials in English"),
        separator="\n",
        longest=LONGEST_ITEM,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("The same in English, in the same order."),
    )

    class Meta:
        model = NoticeRule
        fields = [
            "name",
            "code",
            "priority",
            "active",
            "positions",
            "position_families",
            "branch",
            "education",
            "graduation_from",
            "graduation_until",
            "any_experience",
            "min_score",
            "template",
            "channel_plan",
            "review_policy",
            "onboarding_days",
            "materials_zh",
            "materials_en",
        ]
        labels = {
            "review_policy": gettext_lazy("Review policy"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.position_families or []
        offer(
            self,
            "position_families",
            [(code, word_of(code, PositionFamily)) for code in sorted({*known_families(), *stored})],
        )
        if self.instance.pk is None:
            self.initial.setdefault("priority", next_priority())
        for name, code in self.dimension_fields().items():
            self.initial.setdefault(name, self.instance.min_dimensions.get(code))

    @staticmethod
    def dimension_fields() -> dict[str, str]:
        """The names of the fields and the codes of their dimensions."""
        return {f"{DIMENSION_PREFIX}{dimension.value}": dimension.value for dimension in Dimension}

    def clean_position_families(self) -> list[str]:
        """Only families that a position has; one that no position has any more would never match."""
        chosen: list[str] = self.cleaned_data["position_families"]
        unknown = sorted(set(chosen) - set(known_families()))
        if unknown:
            raise ValidationError(
                _(
                    "No position belongs to the family %(unknown)s. Clear it, or assign a position to this family first."
                ),
                params={"unknown": ", ".join(unknown)},
            )
        return chosen

    def clean(self) -> dict[str, Any]:
        """No tie, no condition that can never hold, no outcome that cannot be composed."""
        typed = super().clean() or self.cleaned_data
        self._refuse_tie(typed)
        first, last = typed.get("graduation_from"), typed.get("graduation_until")
        if first and last and first > last:
            self.add_error(
                "graduation_until", _("This is before the first year, so the rule can never match.")
            )
        template = typed.get("template")
        if (
            typed.get("active")
            and template
            and not template.versions.filter(published_at__isnull=False).exists()
        ):
            self.add_error(
                "template",
                _("“%(name)s” has never been published. Publish it first, or save the rule turned off.")
                % {"name": template},
            )
        if len(typed.get("materials_zh", ())) != len(typed.get("materials_en", ())):
            self.add_error("materials_en", _("Both lists must have the same number of lines."))
        return typed

    def _refuse_tie(self, typed: dict[str, Any]) -> None:
        priority = typed.get("priority")
        other = (
            active_rule_at(priority, but=self.instance.pk)
            if priority is not None and typed.get("active")
            else None
        )
        if other is not None:
            self.add_error(
                "priority",
                _(
                    "The active rule “%(name)s” (%(code)s) already has priority %(priority)d, and "
                    "equal priorities are not allowed. Choose a free number, such as %(free)d, or turn "
                    "one of the rules off."
                )
                % {
                    "name": other.name,
                    "code": other.code,
                    "priority": priority,
                    "free": next_priority(priority),
                },
            )

    def _post_clean(self) -> None:
        """Put the least scores of the dimensions into their one column, then validate the row."""
        typed = getattr(self, "cleaned_data", {})
        self.instance.min_dimensions = {
            code: float(typed[name])
            for name, code in self.dimension_fields().items()
            if typed.get(name) is not None
        }
        super()._post_clean()  # type: ignore[misc]  # Django's own step between form and row


class ChecklistItemForm(ItemModelForm):
    """One thing to prepare."""

    class Meta:
        model = ChecklistItem
        fields = ["name_zh", "name_en", "code", "position", "days_before"]
        labels = {"position": gettext_lazy("Position")}
        help_texts = {"position": gettext_lazy("Leave empty for all positions.")}
