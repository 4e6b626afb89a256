"""The settings of the performance app: targets, and what people said of headings of files."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from branches.access import access_of
from branches.admin import PortalAdmin
from branches.models import ImportHeading
from branches.staff_files import FILE_KIND as STAFF_FILES
from hrportal.kernel import clocks
from hrportal.kernel.tables import LEFT_OUT
from performance.forms.targets import TargetForm
from performance.models import Target
from performance.models.targets import TargetContent
from performance.operations.targets import TargetChanged, keep_target
from performance.operations.uploads import FILE_KIND as RECORD_FILES
from performance.queries.targets import Change, changes_of

LABELS = {
    "text_zh": gettext_lazy("Chinese text"),
    "text_en": gettext_lazy("English text"),
    "threshold": gettext_lazy("Value to reach"),
    "unit_zh": gettext_lazy("Unit in Chinese"),
    "unit_en": gettext_lazy("Unit in English"),
    "months": gettext_lazy("period in months"),
    "order": gettext_lazy("Order"),
    "active": gettext_lazy("Active"),
}
FILE_KINDS = {RECORD_FILES: gettext_lazy("Performance records"), STAFF_FILES: gettext_lazy("Staff")}


@admin.register(Target)
class TargetAdmin(PortalAdmin):
    """Targets by position. They are switched off, never deleted: notices refer to their versions."""

    form = TargetForm
    may_delete = False
    has_versions = True
    stored_with = ("versions",)
    list_display = (
        "text_shown",
        "code",
        "position_shown",
        "branch_shown",
        "season_shown",
        "threshold_shown",
        "months",
        "version_shown",
    )
    list_filter = ("season",)
    search_fields = ("code", "text_zh", "text_en")
    list_select_related = ("position", "branch")
    change_form_template = "admin/performance/target.html"
    lead = gettext_lazy(
        "Stated in the notice and measured later. A change creates a new version for notices composed from now on."
    )
    fieldsets = (
        (None, {"fields": (("position", "branch"), ("code", "season"), ("order", "active"), "seen")}),
        (gettext_lazy("In words"), {"fields": (("text_zh", "text_en"),)}),
        (gettext_lazy("Value to reach"), {"fields": (("threshold", "months"), ("unit_zh", "unit_en"))}),
    )

    def get_urls(self) -> list[URLPattern]:
        """With the page of a target's versions."""
        show = self.admin_site.admin_view(require_safe(self.versions))
        return [path("<int:pk>/versions/", show, name="performance_target_versions"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a stored target, place and season in words: they stay as they are."""
        if obj is None:
            return self.fieldsets
        place = (("position_shown", "branch_shown"), ("code", "season_shown"), ("order", "active"), "seen")
        return ((None, {"fields": place}), *self.fieldsets[1:])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Another place or season is another target."""
        return ("code", "position_shown", "branch_shown", "season_shown") if obj else ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Two who save one target at one moment: the second is told, as if they had come later."""
        show = super().changeform_view
        try:
            return show(request, object_id, form_url, extra_context)
        except TargetChanged:
            # Their version is there now, so that the form itself finds and names it.
            return show(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Target, form: Any, change: Any) -> None:
        """Through the operation, which keeps every version."""
        now = clocks.now()
        keep_target(
            target=obj, now=now, by=access_of(request.user, now=now).user, seen=form.cleaned_data.get("seen")
        )

    def versions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What each version changed, by whom, and how many sent notices named it."""
        target = get_object_or_404(Target.objects.select_related("position", "branch"), pk=pk)
        context = {
            **admin.site.each_context(request),
            "opts": Target._meta,
            "original": target,
            "name": self.text_shown(target),
            "rows": [_row(change) for change in changes_of(target)],
        }
        return render(request, "admin/performance/versions.html", context)

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

    @admin.display(description=gettext_lazy("Season"), ordering="season")
    def season_shown(self, target: Target) -> str:
        """The season, or every one."""
        return target.season or _("every season")

    @admin.display(description=gettext_lazy("Value to reach"), ordering="threshold")
    def threshold_shown(self, target: Target) -> str:
        """The value with its unit."""
        return value_of(target)

    @admin.display(description=gettext_lazy("Version"), ordering="version")
    def version_shown(self, target: Target) -> SafeString:
        """The number of the version in use, or that it is switched off."""
        if not target.active:
            return format_html('<span class="pill pill-muted">{}</span>', _("Off"))
        return format_html('<span class="pill pill-good">v{}</span>', target.version)


def value_of(target: TargetContent) -> str:
    """The value to reach with its unit, in the reader's language."""
    unit = target.unit_en if is_english() else target.unit_zh
    return f"{target.threshold.normalize():f} {unit}".strip()


def _row(change: Change) -> dict[str, Any]:
    version = change.version
    return {
        "number": version.number,
        "at": date_format(localtime(version.at), "Y-m-d H:i"),
        "by": version.by,
        "text": version.text_en if is_english() else version.text_zh,
        "value": value_of(version),
        "months": version.months,
        "changes": [(LABELS[name], _shown(before), _shown(after)) for name, before, after in change.fields],
        "notices": change.notices,
    }


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value) or "–"


def is_english() -> bool:
    """Whether the reader's language is English."""
    return (get_language() or "").startswith("en")


@admin.register(ImportHeading)
class ImportHeadingAdmin(PortalAdmin):
    """What people said of headings of files; deleted, the next file with it asks again."""

    list_display = ("heading", "kind_shown", "column_shown", "said_by", "said_at")
    list_select_related = ("said_by",)
    ordering = ("file_kind", "heading")
    lead = gettext_lazy(
        "Mappings apply to all later files. Delete a wrong mapping, and the next file with this heading asks again."
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An answer comes with a file."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is given again with the next file."""
        return False

    @admin.display(description=gettext_lazy("file type"), ordering="file_kind")
    def kind_shown(self, row: ImportHeading) -> str:
        """The kind in words."""
        return str(FILE_KINDS.get(row.file_kind, row.file_kind))

    @admin.display(description=gettext_lazy("column"), ordering="column")
    def column_shown(self, row: ImportHeading) -> str:
        """The column, or that it is not read."""
        return _("Skip this column") if row.column == LEFT_OUT else row.column
