"""The settings of the recruitment app: notice rules and the checklist of a first day."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from branches.admin import PortalAdmin
from branches.enums import PositionFamily, word_of
from notifications.enums import Dimension
from recruitment.forms.settings import ChecklistItemForm, NoticeRuleForm
from recruitment.models import ChecklistItem, NoticeRule, RetentionRule

CONDITIONS = gettext_lazy("Empty conditions are always met. All other conditions must be met together.")


def _state_pill(*, is_active: bool) -> SafeString:
    tone, label = ("good", _("Active")) if is_active else ("muted", _("Off"))
    return format_html('<span class="pill pill-{}">{}</span>', tone, label)


class ActiveFilter(admin.SimpleListFilter):
    """Rules that are asked, or those that are switched off."""

    title = gettext_lazy("State")
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", gettext_lazy("Active")), ("0", gettext_lazy("Off"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(active=self.value() == "1") if self.value() in ("0", "1") else rows


@admin.register(NoticeRule)
class NoticeRuleAdmin(PortalAdmin):
    """Rules in the order in which they are asked."""

    form = NoticeRuleForm
    list_display = (
        "name",
        "priority",
        "conditions",
        "branch_shown",
        "template_shown",
        "plan_shown",
        "state_shown",
    )
    list_filter = (ActiveFilter,)
    search_fields = ("name", "code")
    ordering = ("priority", "code")
    list_select_related = ("branch", "template", "channel_plan")
    change_list_template = "admin/recruitment/rules.html"
    change_form_template = "admin/recruitment/rule.html"
    lead = gettext_lazy(
        "Active rules are evaluated by priority, lowest number first. The first matching rule applies."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[NoticeRule]:
        """With the positions: two queries for the list."""
        return super().get_queryset(request).prefetch_related("positions")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Conditions and outcome apart; each interview dimension is a field of its own."""
        dimensions = tuple(NoticeRuleForm.dimension_fields())
        return (
            (None, {"fields": (("name", "code"), ("priority", "active"))}),
            (
                gettext_lazy("Conditions"),
                {
                    "description": CONDITIONS,
                    "fields": (
                        "positions",
                        "position_families",
                        "branch",
                        "education",
                        ("graduation_from", "graduation_until"),
                        "any_experience",
                    ),
                },
            ),
            (gettext_lazy("Minimum scores"), {"fields": (("min_score", *dimensions),)}),
            (
                pgettext_lazy("of an application", "Outcome"),
                {
                    "fields": (
                        ("template", "channel_plan", "review_policy", "onboarding_days"),
                        ("materials_zh", "materials_en"),
                    )
                },
            ),
        )

    @admin.display(description=gettext_lazy("Conditions"))
    def conditions(self, rule: NoticeRule) -> str:
        """The conditions in short."""
        found = [", ".join(str(position) for position in rule.positions.all())]
        found.append(", ".join(word_of(family, PositionFamily) for family in rule.position_families))
        found.append(", ".join(rule.any_experience))
        if rule.min_score is not None:
            found.append(_("score ≥ %(score)g") % {"score": rule.min_score})
        found += [f"{word_of(code, Dimension)} ≥ {least:g}" for code, least in rule.min_dimensions.items()]
        return " · ".join(filter(None, found)) or pgettext("no condition", "always")

    @admin.display(description=gettext_lazy("Branch"), ordering="branch__path")
    def branch_shown(self, rule: NoticeRule) -> str:
        """The branch, or the whole bank."""
        return str(rule.branch) if rule.branch else _("whole bank")

    @admin.display(description=gettext_lazy("Template"), ordering="template__name")
    def template_shown(self, rule: NoticeRule) -> str:
        """The base."""
        return str(rule.template)

    @admin.display(description=gettext_lazy("Channel plan"), ordering="channel_plan__name")
    def plan_shown(self, rule: NoticeRule) -> str:
        """The plan."""
        return str(rule.channel_plan)

    @admin.display(description=gettext_lazy("State"), ordering="active")
    def state_shown(self, rule: NoticeRule) -> SafeString:
        """Whether it is asked."""
        return _state_pill(is_active=rule.active)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """With the way to the dry run."""
        return super().changelist_view(request, {"trial_url": reverse("rule_trial"), **(extra_context or {})})


@admin.register(ChecklistItem)
class ChecklistItemAdmin(PortalAdmin):
    """What is to be prepared, for every position or for one."""

    form = ChecklistItemForm
    list_display = ("name_zh", "name_en", "code", "position_shown", "days_before")
    search_fields = ("name_zh", "name_en", "code")
    list_select_related = ("position",)
    lead = gettext_lazy(
        "Candidates who accept from now on get the items of their position and those for all positions."
    )

    @admin.display(description=gettext_lazy("Position"), ordering="position")
    def position_shown(self, item: ChecklistItem) -> str:
        """The position, or that it is for all."""
        return str(item.position) if item.position else _("every position")


@admin.register(RetentionRule)
class RetentionRuleAdmin(PortalAdmin):
    """One row for each kind of person."""

    may_delete = False
    fields = ("kind", "months", "ground", "active")
    list_display = ("kind", "months", "ground", "state_shown")
    lead = gettext_lazy(
        "After this many months personal data is deleted. Score, branch, position and education are kept for the analysis. For results that never became an application, only the branch and the reason are kept."
    )

    @admin.display(description=gettext_lazy("State"), ordering="active")
    def state_shown(self, rule: RetentionRule) -> SafeString:
        """Whether it is kept to."""
        return _state_pill(is_active=rule.active)
