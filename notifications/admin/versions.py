"""One version of a template: writing, previewing and publishing a draft; reading a published one."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from branches.access import Permission, access_of
from branches.admin import PortalAdmin
from branches.models import User
from branches.queries import branch_choices
from hrportal.kernel import clocks
from hrportal.kernel.pages import tell
from hrportal.kernel.refusals import Refused
from notifications.enums import Language
from notifications.forms.authoring import BodiesForm, SampleForm, initial_of
from notifications.models import MessageTemplate, TemplateVersion
from notifications.operations.templates import (
    AlreadyPublished,
    BodiesRefused,
    NotSubmitted,
    VersionIncomplete,
    discard_draft,
    publish,
    publish_submitted,
    save_bodies,
    submit_draft,
)
from notifications.queries.authoring import differing_bodies
from notifications.queries.authors import may_publish
from notifications.queries.previews import Preview, first_sample, preview_of
from notifications.queries.templates import bodies_of, current_version, digest_of
from notifications.rendering.content_fields import FIELD_LABELS, BlockKind, ContentField
from notifications.rendering.variables import variables_for

CHANGE = "admin:notifications_templateversion_change"


@admin.register(TemplateVersion)
class TemplateVersionAdmin(PortalAdmin):
    """Versions are reached from their template; they have no list, and only operations make or end them."""

    may_delete = False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Not on the first page of the settings."""
        return {}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft begins at its template."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The page of a version, and what may be done with it; none of Django's own forms."""
        guard = self.admin_site.admin_view
        name = "notifications_templateversion"
        return [
            path("", guard(self.to_templates), name=f"{name}_changelist"),
            path("<int:pk>/change/", guard(self.change), name=f"{name}_change"),
            path("<int:pk>/preview/", guard(self.preview), name=f"{name}_preview"),
            path("<int:pk>/publish/", guard(self.publish), name=f"{name}_publish"),
            path("<int:pk>/discard/", guard(self.discard), name=f"{name}_discard"),
        ]

    def to_templates(self, request: HttpRequest) -> HttpResponse:
        """The list of templates."""
        return redirect("admin:notifications_messagetemplate_changelist")

    def change(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Read a version; write it while it is a draft."""
        version = _find(pk)
        if request.method == "POST" and "_preview" not in request.POST:
            return self._save(request, version)
        form = _form(version, request.POST if request.method == "POST" else None)
        return _page(request, version, form)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What was typed, as the candidate would receive it; nothing is stored."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        version = _find(pk)
        form = _form(version, request.POST)
        return render(
            request, "admin/notifications/preview.html", {"preview": _preview(request, version, form)}
        )

    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what will change for candidates, then put the draft into use."""
        version = _find(pk)
        if version.published_at is not None:
            return _told(request, version, AlreadyPublished(version))
        if request.method == "POST":
            return (self._submit if "_submit" in request.POST else self._publish)(request, version)
        before = current_version(version.template)
        context = {
            **admin.site.each_context(request),
            "opts": TemplateVersion._meta,
            "version": version,
            "left": before,
            "right": version,
            "bodies": differing_bodies(before, version) if before else [],
            "seen": digest_of(bodies_of(version)),
            "may_publish": may_publish(version, _user(request), now=clocks.now()),
            "submitted": version.submitted_at.isoformat() if version.submitted_at else "",
        }
        return render(request, "admin/notifications/publish.html", context)

    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete a draft after asking."""
        version = _find(pk)
        if request.method == "POST":
            try:
                with transaction.atomic():
                    discard_draft(version=version, seen=request.POST.get("seen"))
                    self._log(request, version, gettext_noop("Discarded draft version %(number)d"))
            except Refused as refusal:
                return _told(request, version, refusal)
            messages.success(request, _("Draft discarded."))
            return redirect("admin:notifications_messagetemplate_change", version.template_id)
        if version.published_at is not None:
            return _told(request, version, AlreadyPublished(version))
        context = {
            **admin.site.each_context(request),
            "opts": TemplateVersion._meta,
            "version": version,
            "seen": digest_of(bodies_of(version)),
        }
        return render(request, "admin/notifications/discard.html", context)

    def _save(self, request: HttpRequest, version: TemplateVersion) -> HttpResponse:
        form = _form(version, request.POST)
        form.is_valid()
        try:
            with transaction.atomic():
                save_bodies(
                    version=version,
                    bodies=form.bodies(),
                    note=form.cleaned_data.get("note"),
                    seen=form.cleaned_data.get("seen", ""),
                )
                self._log(request, version, gettext_noop("Saved draft version %(number)d"))
        except AlreadyPublished as refusal:
            return _told(request, version, refusal)
        except Refused as refusal:
            refusal.tell(form)
        if form.errors:
            messages.error(request, _("Not saved: correct the errors marked below."))
            return _page(request, version, form, status=422)
        if "_publish" in request.POST:
            return redirect("admin:notifications_templateversion_publish", version.pk)
        messages.success(request, _("Draft saved."))
        address = redirect(CHANGE, version.pk)
        address["Location"] += f"?{_kept(request)}" if _kept(request) else ""
        return address

    def _submit(self, request: HttpRequest, version: TemplateVersion) -> HttpResponse:
        try:
            with transaction.atomic():
                submit_draft(
                    version=version, now=clocks.now(), by=_user(request), seen=request.POST.get("seen")
                )
                self._log(request, version, gettext_noop("Submitted draft version %(number)d for approval"))
        except (VersionIncomplete, BodiesRefused) as refusal:
            return _told_incomplete(request, version, refusal)
        except Refused as refusal:
            return _told(request, version, refusal)
        messages.success(request, _("Submitted. A colleague at head office has to publish it."))
        return redirect("admin:notifications_messagetemplate_change", version.template_id)

    def _publish(self, request: HttpRequest, version: TemplateVersion) -> HttpResponse:
        submitted = parse_datetime(request.POST.get("submitted", ""))
        seen = request.POST.get("seen")
        try:
            with transaction.atomic():
                if submitted is not None:
                    publish_submitted(
                        version=version,
                        submitted_at=submitted,
                        now=clocks.now(),
                        by=_user(request),
                        seen=seen,
                    )
                else:
                    publish(version=version, now=clocks.now(), by=_user(request), seen=seen)
                self._log(request, version, gettext_noop("Published version %(number)d"))
        except NotSubmitted as refusal:
            tell(request, refusal)
            return redirect("admin:notifications_templateversion_publish", version.pk)
        except (VersionIncomplete, BodiesRefused) as refusal:
            return _told_incomplete(request, version, refusal)
        except Refused as refusal:
            return _told(request, version, refusal)
        messages.success(
            request,
            _("Version %(number)d is in use for notices composed from now on.") % {"number": version.number},
        )
        return redirect("admin:notifications_messagetemplate_change", version.template_id)

    def _log(self, request: HttpRequest, version: TemplateVersion, text: str) -> None:
        """On the template, whose history is the history of all its versions."""
        said = {"text": text, "values": {"number": version.number}}
        self.log_change(request, version.template, [{"said": said}])


def _user(request: HttpRequest) -> User:
    return access_of(request.user, now=clocks.now()).user


def _told_incomplete(
    request: HttpRequest, version: TemplateVersion, refusal: VersionIncomplete | BodiesRefused
) -> HttpResponse:
    form = _form(version, _stored_data(version))
    form.is_valid()
    refusal.tell(form)
    messages.error(
        request,
        _("Not published: correct the errors marked below. Each one names the channel and the remedy."),
    )
    return _page(request, version, form, status=422)


def _find(pk: int) -> TemplateVersion:
    rows = TemplateVersion.objects.select_related(
        "template__branch", "template__position", "created_by", "published_by"
    ).prefetch_related("bodies")
    return get_object_or_404(rows, pk=pk)


def _form(version: TemplateVersion, data: Any) -> BodiesForm:
    bodies = bodies_of(version)
    form = BodiesForm(
        data, kind=BlockKind(version.template.kind), initial=initial_of(version, bodies, digest_of(bodies))
    )
    if version.published_at is not None:
        for field in form.fields.values():
            field.widget.attrs["readonly"] = True
    return form


def _stored_data(version: TemplateVersion) -> dict[str, str]:
    bodies = bodies_of(version)
    return initial_of(version, bodies, digest_of(bodies))


def _sample_form(request: HttpRequest, template: MessageTemplate) -> SampleForm:
    places = access_of(request.user, now=clocks.now()).scopes.get(Permission.WRITE_TEMPLATES)
    data = request.POST if request.method == "POST" else request.GET
    is_chosen = any(name.startswith("sample_") for name in data)
    return SampleForm(data if is_chosen else first_sample(template), branches=branch_choices(places))


def _preview(request: HttpRequest, version: TemplateVersion, form: BodiesForm) -> Preview:
    typed = request.POST.get("language") or request.GET.get("language") or ""
    language = typed if typed in Language.values else Language.CHINESE.value
    sample = _sample_form(request, version.template).sample(language)
    return preview_of(version.template, form.bodies(), sample)


def _kept(request: HttpRequest) -> str:
    """What the author had open, for the page after a save."""
    kept = request.POST.copy()
    for name in list(kept):
        if name not in ("language", "channel") and not name.startswith("sample_"):
            del kept[name]
    return kept.urlencode()


def _page(
    request: HttpRequest, version: TemplateVersion, form: BodiesForm, *, status: int = 200
) -> HttpResponse:
    if not form.is_bound:
        form.initial.update(
            {name: request.GET[name] for name in ("language", "channel") if name in request.GET}
        )
    kind = BlockKind(version.template.kind)
    variables = variables_for(
        kind, ContentField.APP_HTML if kind is BlockKind.BASE else ContentField.BLOCK_HTML
    )
    context = {
        **admin.site.each_context(request),
        "opts": TemplateVersion._meta,
        "version": version,
        "form": form,
        "sample_form": _sample_form(request, version.template),
        "preview": _preview(request, version, form),
        "is_draft": version.published_at is None,
        "variables": [(path, entry.about) for path, entry in variables.paths()],
        "slot_labels": FIELD_LABELS,
    }
    return render(request, "admin/notifications/version.html", context, status=status)


def _told(request: HttpRequest, version: TemplateVersion, refusal: Refused) -> HttpResponse:
    tell(request, refusal)
    return redirect(CHANGE, version.pk)
