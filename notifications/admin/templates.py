"""Message templates: the list, what each is for, its versions and two of them side by side."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from branches.access import access_of
from branches.admin import PortalAdmin
from branches.enums import BranchFeature, PositionFamily, word_of
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes, tell
from notifications.enums import Dimension
from notifications.forms.authoring import TemplateForm
from notifications.models import MessageTemplate, TemplateVersion
from notifications.operations.templates import DraftExists, keep_template, open_draft, open_draft_from
from notifications.queries.authoring import differing_bodies, with_versions
from notifications.rendering.content_fields import KIND_CHOICES, KIND_LABELS, BlockKind


class KindFilter(admin.SimpleListFilter):
    """One kind of template."""

    title = gettext_lazy("Kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(KIND_CHOICES)

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(kind=self.value()) if self.value() else rows


@admin.register(MessageTemplate)
class MessageTemplateAdmin(PortalAdmin):
    """Templates are never deleted: notices refer to their versions."""

    form = TemplateForm
    fieldsets = (
        (None, {"fields": (("name", "code", "kind"),)}),
        (
            gettext_lazy("Applies to"),
            {"fields": (("branch", "feature"), ("position", "position_family"), "dimension")},
        ),
    )
    may_delete = False
    # A new template is in use once a version of it is published, which needs a second person itself.
    approves_additions = False
    list_display = ("name", "kind_shown", "applies_to", "current_shown", "published_shown", "draft_shown")
    list_filter = (KindFilter,)
    search_fields = ("name", "code")
    ordering = ("kind", "code")
    change_form_template = "admin/notifications/template.html"
    lead = gettext_lazy(
        "A base template is the notice itself. Branch, role and strength blocks are inserted into it. Published versions cannot be changed."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[MessageTemplate]:
        """One query with the numbers of the versions."""
        return with_versions(super().get_queryset(request).select_related("branch", "position"))

    def get_urls(self) -> list[URLPattern]:
        """Further pages of one template."""
        guard = self.admin_site.admin_view
        return [
            path("<int:pk>/draft/", guard(self.draft), name="notifications_messagetemplate_draft"),
            path(
                "<int:pk>/difference/",
                guard(self.difference),
                name="notifications_messagetemplate_difference",
            ),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: MessageTemplate, form: Any, change: Any) -> None:
        """Through the operation; a new template has a draft to write at once."""
        keep_template(template=obj)
        if not change:
            open_draft(template=obj, now=clocks.now(), by=access_of(request.user, now=clocks.now()).user)

    def response_add(
        self, request: HttpRequest, obj: MessageTemplate, post_url_continue: Any = None
    ) -> HttpResponse:
        """On to the texts."""
        messages.success(request, _("Template created. Enter its texts."))
        return redirect("admin:notifications_templateversion_change", obj.versions.get().pk)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the versions of the template."""
        template = kwargs.get("obj")
        if template is not None:
            versions = list(
                template.versions.select_related("created_by", "published_by").order_by("-number")
            )
            current = next((version for version in versions if version.published_at), None)
            context |= {
                "versions": versions,
                "current": current,
                "draft": next((version for version in versions if not version.published_at), None),
                "kind_label": KIND_LABELS[BlockKind(template.kind)],
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def draft(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open the draft, or make one from the version that is named."""
        return _draft(request, self, pk)

    def difference(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two versions side by side."""
        return _difference(request, pk)

    @admin.display(description=gettext_lazy("Kind"), ordering="kind")
    def kind_shown(self, template: MessageTemplate) -> Any:
        """The kind in words."""
        return KIND_LABELS[BlockKind(template.kind)]

    @admin.display(description=gettext_lazy("Applies to"))
    def applies_to(self, template: MessageTemplate) -> str:
        """Branch, feature, dimension, position or family."""
        return place_of(template)

    @admin.display(description=gettext_lazy("In use"), ordering="current_number")
    def current_shown(self, template: Any) -> str:
        """The number of the version in use."""
        if template.current_number is None:
            return format_html('<span class="pill pill-warm">{}</span>', _("never published"))
        return format_html('<span class="pill pill-good">v{}</span>', template.current_number)

    @admin.display(description=gettext_lazy("Last published"), ordering="current_at")
    def published_shown(self, template: Any) -> str:
        """When the version in use was published."""
        return date_format(localtime(template.current_at), "Y-m-d H:i") if template.current_at else "–"

    @admin.display(description=gettext_lazy("Draft"), ordering="draft_number")
    def draft_shown(self, template: Any) -> str:
        """A link to the draft."""
        if template.draft_id is None:
            return "–"
        url = reverse("admin:notifications_templateversion_change", args=[template.draft_id])
        return format_html('<a class="pill pill-busy" href="{}">v{}</a>', url, template.draft_number)


def place_of(template: MessageTemplate) -> str:
    """What a template is for, in words."""
    found = (
        template.branch,
        word_of(template.feature, BranchFeature),
        word_of(template.dimension, Dimension),
        template.position,
        word_of(template.position_family, PositionFamily),
    )
    return " · ".join(str(one) for one in found if one) or "–"


@takes("POST")
def _draft(request: HttpRequest, model_admin: MessageTemplateAdmin, pk: int) -> HttpResponse:
    template = get_object_or_404(MessageTemplate, pk=pk)
    now, user = clocks.now(), access_of(request.user, now=clocks.now()).user
    number = request.POST.get("from", "")
    if not number:
        draft = open_draft(template=template, now=now, by=user)
        return redirect("admin:notifications_templateversion_change", draft.pk)
    source = get_object_or_404(template.versions, number=int(number) if number.isdecimal() else 0)
    try:
        draft = open_draft_from(version=source, now=now, by=user)
    except DraftExists as refusal:
        tell(request, refusal)
        return redirect("admin:notifications_messagetemplate_change", pk)
    model_admin.log_change(
        request,
        template,
        [
            {
                "said": {
                    "text": gettext_noop("Draft version %(new)d from version %(old)d"),
                    "values": {"new": draft.number, "old": source.number},
                }
            }
        ],
    )
    messages.success(
        request,
        _("Version %(new)d starts as a copy of version %(old)d.")
        % {"new": draft.number, "old": source.number},
    )
    return redirect("admin:notifications_templateversion_change", draft.pk)


@takes("GET")
def _difference(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(MessageTemplate, pk=pk)
    versions = list(template.versions.order_by("-number").prefetch_related("bodies"))
    left = _chosen(versions, request.GET.get("left", ""), at=1)
    right = _chosen(versions, request.GET.get("right", ""), at=0)
    context = {
        **admin.site.each_context(request),
        "opts": MessageTemplate._meta,
        "template_row": template,
        "versions": versions,
        "left": left,
        "right": right,
        "bodies": differing_bodies(left, right) if left and right else [],
    }
    return render(request, "admin/notifications/difference.html", context)


def _chosen(versions: list[TemplateVersion], number: str, *, at: int) -> TemplateVersion | None:
    """The version of this number; without one the newest but ``at``."""
    found = [version for version in versions if str(version.number) == number]
    return next(iter(found or versions[at:] or versions), None)
