"""Exports: one's own with their progress and file, those to approve, those that alarm head office."""

from collections.abc import Callable
from typing import Unpack
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from branches.access import Access, Permission
from branches.enums import ExportState
from branches.exports import source_of, still_reaches
from branches.forms.exports import NoteForm
from branches.models import Export, ExportFile
from branches.operations import exports as operations
from branches.operations.reveals import close_disclosure_alarm
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
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import Words, chosen, form_page, sent, tabs, takes
from hrportal.kernel.refusals import Conflict, Refused
from hrportal.kernel.tables.writing import TABLES

EXPORTERS = (Permission.SEE_CANDIDATES, Permission.CONFIRM_NEED)
UNDER_WAY = (ExportState.QUEUED, ExportState.RUNNING)


@takes("GET")
def index(request: HttpRequest) -> HttpResponse:
    """One view of the exports, the newest first."""
    access = viewer(request, *EXPORTERS)
    view = chosen(request, ExportView)
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
    access = viewer(request, *EXPORTERS)
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
        access,
        export,
        operations.approve_export,
        title=_("Approve the export"),
        intro=_("The file will contain unmasked ID numbers or contacts. Purpose stated: %(purpose)s")
        % {"purpose": export.purpose},
        submit_label=_("Approve"),
        done=_("Approved. The file is being generated."),
    )


@takes("GET", "POST")
def refuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A second person says no."""
    access, export = _to_decide(request, pk)
    return _with_note(
        request,
        access,
        export,
        operations.refuse_export,
        title=_("Reject the export"),
        intro=_("The requester can read this reason."),
        submit_label=_("Reject"),
        submit_class="btn-danger",
        done=_("Rejected."),
    )


@takes("GET", "POST")
def close_alarm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Head office says what it found."""
    access, export = _find(request, pk)
    if not may_close_alarm(access, export, now=clocks.now()):
        raise Http404
    return _with_note(
        request,
        access,
        export,
        operations.close_alarm,
        title=_("Close the alert"),
        intro=_("%(name)s exported %(rows)d rows within a day. Find out why before you close the alert.")
        % {"name": str(export.asked_by), "rows": export.alarm_rows or 0},
        submit_label=_("Close the alert"),
        done=_("Closed. The note has been saved."),
    )


@takes("GET", "POST")
def close_disclosures(request: HttpRequest, pk: int) -> HttpResponse:
    """Head office says what it found about unusually many encrypted values."""
    access = viewer(request)
    alarm = get_object_or_404(open_disclosure_alarms(access), pk=pk)
    return form_page(
        request,
        NoteForm(sent(request)),
        lambda typed: close_disclosure_alarm(
            alarm_id=alarm.pk, note=typed["note"], now=clocks.now(), by=access.user
        ),
        back_url=f"{reverse('exports')}?view={ExportView.ALARMS}",
        done=_("Closed. The note has been saved."),
        leaves_on=Conflict,
        title=_("Close the alert"),
        intro=_(
            "%(name)s viewed, exported or changed %(n)d sensitive values within a day, or reached the "
            "limit. Find out why before you close the alert."
        )
        % {"name": str(alarm.user), "n": alarm.values},
        submit_label=_("Close the alert"),
    )


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, Export]:
    access = viewer(request)
    return access, get_object_or_404(visible_exports(access), pk=pk)


def _to_decide(request: HttpRequest, pk: UUID) -> tuple[Access, Export]:
    access, export = _find(request, pk)
    if not may_decide(access, export, now=clocks.now()):
        raise Http404
    return access, export


def _with_note(
    request: HttpRequest,
    access: Access,
    export: Export,
    act: Callable[..., object],
    *,
    done: str,
    **words: Unpack[Words],
) -> HttpResponse:
    """A page with one reason."""
    return form_page(
        request,
        NoteForm(sent(request)),
        lambda typed: act(export_id=export.pk, note=typed["note"], now=clocks.now(), by=access.user),
        back_url=reverse("export", args=[export.pk]),
        back_label=_("Export"),
        done=done,
        leaves_on=Refused,
        **words,
    )


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


def _views(access: Access, active: ExportView) -> list[dict[str, object]]:
    """The views that the role has; counted where somebody must act."""
    counts: dict[str, int | None] = {ExportView.OWN: None}
    if access.has_permission(Permission.REVIEW_NOTICE):
        counts[ExportView.APPROVE] = exports_to_approve(access).count()
    if access.everywhere(Permission.REVIEW_NOTICE):
        counts[ExportView.ALARMS] = open_alarms(access).count() + open_disclosure_alarms(access).count()
    labels = [(view, view.label) for view in ExportView if view in counts]
    return tabs(reverse("exports"), labels, active, counts=counts)
