"""Exports: one's own with their progress and file, those to approve, those that alarm head office."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from branches.access import Access, Permission, access_of
from branches.enums import ExportState
from branches.exports import source_of, still_reaches
from branches.forms.exports import NoteForm
from branches.models import Export, ExportFile
from branches.operations import exports as operations
from branches.operations.reveals import AlarmClosed, close_disclosure_alarm
from branches.queries.exports import (
    ExportView,
    exports_to_approve,
    may_close_alarm,
    may_decide,
    open_alarms,
    open_disclosure_alarms,
    own_exports,
    visible_exports,
)
from branches.views.export_request import in_words
from branches.views.pages import form_page
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import takes
from hrportal.kernel.tables.writing import TABLES

EXPORTERS = (Permission.SEE_CANDIDATES, Permission.CONFIRM_NEED)
UNDER_WAY = (ExportState.QUEUED, ExportState.RUNNING)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """One view of the exports, the newest first."""
    access = access_of(request.user, now=clocks.now())
    access.require(*EXPORTERS)
    chosen = request.GET.get("view", "")
    view = ExportView(chosen) if chosen in ExportView.values else ExportView.OWN
    rows = {
        ExportView.OWN: own_exports,
        ExportView.APPROVE: exports_to_approve,
        ExportView.ALARMS: open_alarms,
    }[view](access)
    found = page(rows, by="asked_at", cursor=request.GET.get("cursor", ""))
    context = {
        "page": found,
        "rows": [(export, source_of(export.source).label) for export in found.rows],
        "alarms": list(open_disclosure_alarms(access)) if view is ExportView.ALARMS else [],
        "view": view,
        "views": _views(access, view),
    }
    return render(request, "exports/index.html", context)


@takes("GET")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One export: what is in it, how far it is, what may be done."""
    access, export = _find(request, pk)
    source = source_of(export.source)
    labels = {column.code: str(column.label) for column in source.columns}
    context = _progress(access, export) | {
        "label": source.label,
        "facts": _facts(export, labels),
        "wanted": in_words(source, export.filter),
        "may_decide": may_decide(access, export, now=clocks.now()),
        "may_close_alarm": may_close_alarm(access, export, now=clocks.now()),
    }
    return render(request, "exports/detail.html", context)


@takes("GET")
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that asks again while the file is being written."""
    access, export = _find(request, pk)
    return render(request, "exports/progress.html", _progress(access, export))


@takes("GET")
def download(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file, for whoever asked for it and until it expires; each time is logged."""
    now = clocks.now()
    access = access_of(request.user, now=now)
    access.require(*EXPORTERS)
    ready = own_exports(access).filter(state=ExportState.READY, expires_at__gt=now)
    export = get_object_or_404(ready, pk=pk)
    if not still_reaches(access, source_of(export.source), export.branch):
        raise Http404
    stored = get_object_or_404(ExportFile, pk=export.pk)
    content = stored.content.decrypt_bytes()
    operations.note_download(export=export, now=now, by=access.user)
    moment = timezone.localtime(export.ready_at).strftime("%Y%m%d-%H%M")
    name = f"{slugify(export.source)}-{moment}.{export.format}"
    return HttpResponse(
        content,
        content_type=TABLES[export.format].content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@takes("GET", "POST")
def approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A second person lets encrypted values leave."""
    access, export = _to_decide(request, pk)
    return _with_note(
        request,
        export,
        title=_("Approve the export"),
        intro=_("The file will contain unmasked ID numbers or contacts. Purpose stated: %(purpose)s")
        % {"purpose": export.purpose},
        submit=_("Approve"),
        done=_("Approved. The file is being generated."),
        act=lambda note: operations.approve_export(
            export_id=export.pk, note=note, now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A second person says no."""
    access, export = _to_decide(request, pk)
    return _with_note(
        request,
        export,
        title=_("Reject the export"),
        intro=_("The requester can read this reason."),
        submit=_("Reject"),
        submit_class="btn-danger",
        done=_("Rejected."),
        act=lambda note: operations.refuse_export(
            export_id=export.pk, note=note, now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def close_alarm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Head office says what it found."""
    access, export = _find(request, pk)
    if not may_close_alarm(access, export, now=clocks.now()):
        raise Http404
    return _with_note(
        request,
        export,
        title=_("Close the alert"),
        intro=_("%(name)s exported %(rows)d rows within a day. Find out why before you close the alert.")
        % {"name": str(export.asked_by), "rows": export.alarm_rows or 0},
        submit=_("Close the alert"),
        done=_("Closed. The note has been saved."),
        act=lambda note: operations.close_alarm(
            export_id=export.pk, note=note, now=clocks.now(), by=access.user
        ),
    )


@takes("GET", "POST")
def close_disclosures(request: HttpRequest, pk: int) -> HttpResponse:
    """Head office says what it found about unusually many encrypted values."""
    access = access_of(request.user, now=clocks.now())
    alarm = get_object_or_404(open_disclosure_alarms(access), pk=pk)
    form = NoteForm(request.POST if request.method == "POST" else None)
    back_url = f"{reverse('exports')}?view={ExportView.ALARMS}"
    if request.method == "POST" and form.is_valid():
        try:
            close_disclosure_alarm(
                alarm_id=alarm.pk, note=form.cleaned_data["note"], now=clocks.now(), by=access.user
            )
        except AlarmClosed:
            messages.warning(
                request, _("The alert is already closed, or your account or access comes from this person.")
            )
        else:
            messages.success(request, _("Closed. The note has been saved."))
        return redirect(back_url)
    return form_page(
        request,
        form,
        title=_("Close the alert"),
        intro=_(
            "%(name)s viewed, exported or changed %(n)d sensitive values within a day, or reached the "
            "limit. Find out why before you close the alert."
        )
        % {"name": str(alarm.user), "n": alarm.values},
        submit=_("Close the alert"),
        back_url=back_url,
    )


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Export]:
    access = access_of(request.user, now=clocks.now())
    return access, get_object_or_404(visible_exports(access), pk=pk)


def _to_decide(request: HttpRequest, pk: UUID) -> tuple[Access, Export]:
    access, export = _find(request, pk)
    if not may_decide(access, export, now=clocks.now()):
        raise Http404
    return access, export


def _with_note(
    request: HttpRequest,
    export: Export,
    *,
    act: Callable[[str], object],
    title: str,
    intro: str,
    submit: str,
    done: str,
    submit_class: str = "btn-primary",
) -> HttpResponse:
    """A page with one reason."""
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["note"])
        except operations.ExportRefused:
            messages.warning(request, _("This was changed by someone else. Reload the page."))
        else:
            messages.success(request, done)
        return redirect("export", pk=export.pk)
    context = {
        "title": title,
        "intro": intro,
        "form": form,
        "action": request.path,
        "back_url": reverse("export", args=[export.pk]),
        "back_label": _("Export"),
        "submit_label": submit,
        "submit_class": submit_class,
    }
    return render(request, "components/form_page.html", context, status=422 if form.errors else 200)


def _progress(access: Access, export: Export) -> dict[str, object]:
    is_own = export.asked_by_id == access.user.pk
    is_there = (
        export.state == ExportState.READY
        and export.expires_at is not None
        and export.expires_at > clocks.now()
    )
    return {
        "export": export,
        "is_own": is_own,
        "is_under_way": export.state in UNDER_WAY,
        "may_download": is_own and is_there,
    }


def _facts(export: Export, labels: dict[str, str]) -> list[tuple[str, object]]:
    return [
        (_("Purpose"), export.purpose),
        (_("Requested by"), f"{export.asked_by} ({export.asked_by.username})"),
        (_("Branch"), export.branch),
        (_("Requested at"), timezone.localtime(export.asked_at).strftime("%Y-%m-%d %H:%M")),
        (_("Format"), export.get_format_display()),
        (_("Rows"), export.total),
        (_("Columns"), ", ".join(labels.get(code, code) for code in export.columns)),
        (_("ID numbers and contacts"), _("In full") if export.in_full else _("Masked")),
    ]


def _views(access: Access, chosen: ExportView) -> list[dict[str, object]]:
    """The views that the role has; counted where somebody must act."""
    views: list[tuple[ExportView, int | None]] = [(ExportView.OWN, None)]
    if access.has_permission(Permission.REVIEW_NOTICE):
        views.append((ExportView.APPROVE, exports_to_approve(access).count()))
    if access.everywhere(Permission.REVIEW_NOTICE):
        alarms = open_alarms(access).count() + open_disclosure_alarms(access).count()
        views.append((ExportView.ALARMS, alarms))
    base = reverse("exports")
    return [
        {
            "url": base if view is ExportView.OWN else f"{base}?view={view}",
            "label": view.label,
            "is_active": view is chosen,
            "count": count,
        }
        for view, count in views
    ]
