"""Monthly records from files: first what a file would do, then exactly that file taken in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from branches.access import Access, Power, access_of, log_seen
from branches.rendering.tables import CsvTable, Table, XlsxTable
from hrportal.kernel import clocks
from hrportal.kernel.pages import page
from performance.enums import RowEffect, UploadState
from performance.forms.records import RecordsFileForm
from performance.models import RecordUpload
from performance.operations.uploads import UploadOver, discard_upload, look_at_file, preview, take_upload
from performance.queries.uploads import visible_uploads
from performance.views.differences import differences
from performance.wire import COLUMNS, FileRefused

# So many rows are shown one by one; the counts are of all.
MOST_SHOWN = 200


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Choose a file; below, what was uploaded before."""
    access = _access(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = RecordsFileForm(*sent)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = look_at_file(name=file.name, content=file.read(), now=clocks.now(), access=access)
        except FileRefused as refusal:
            form.add_error("file", _in_words(refusal))
        else:
            return redirect("performance_upload", upload.pk)
    found = page(visible_uploads(access), by="uploaded_at", cursor=request.GET.get("cursor", ""))
    context = {
        "form": form,
        "columns": COLUMNS,
        "page": found,
        "rows": [(row, len(row.errors)) for row in found.rows],
    }
    return render(request, "performance_records/index.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
@login_required
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a waiting file would do, for who uploaded it; what became of any other."""
    access, upload = _find(request, pk)
    log_seen(access, f"record_upload:{upload.pk}", now=clocks.now(), branch=upload.branch)
    context: dict[str, Any] = {
        "upload": upload,
        "errors": upload.errors[:MOST_SHOWN],
        "n_errors": len(upload.errors),
        "is_mine": upload.uploaded_by_id == access.user.pk,
        "created": upload.created,
        "corrected": upload.corrected,
        "unchanged": upload.unchanged,
        "changes": upload.created + upload.corrected,
    }
    if context["is_mine"] and upload.state == UploadState.WAITING:
        try:
            context |= _would_do(upload, access)
        except UploadOver:
            # Its time is over, though nobody came to clear it away yet.
            context["is_over"] = True
    return render(request, "performance_records/detail.html", context)


@never_cache
@require_POST
@login_required
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take in the file that was looked at."""
    access, upload = _find_mine(request, pk)
    try:
        done = take_upload(upload_id=upload.pk, now=clocks.now(), access=access)
    except UploadOver as over:
        messages.error(request, _over(over))
    else:
        messages.success(
            request,
            _("Taken in: %(created)d new, %(corrected)d corrected, %(errors)d left out.")
            % {"created": done.created, "corrected": done.corrected, "errors": len(done.errors)},
        )
    return redirect("performance_upload", upload.pk)


@never_cache
@require_POST
@login_required
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Forget the file."""
    access, upload = _find_mine(request, pk)
    try:
        discard_upload(upload_id=upload.pk, now=clocks.now(), access=access)
    except UploadOver as over:
        messages.error(request, _over(over))
        return redirect("performance_upload", upload.pk)
    messages.success(request, _("The file is discarded; nothing of it was taken in."))
    return redirect("performance_records")


@require_safe
@login_required
def template_csv(request: HttpRequest) -> HttpResponse:
    """The first line as CSV that Excel opens in Chinese."""
    return _template(request, CsvTable(), "csv")


@require_safe
@login_required
def template_xlsx(request: HttpRequest) -> HttpResponse:
    """The first line as a workbook."""
    return _template(request, XlsxTable(), "xlsx")


def _template(request: HttpRequest, table: Table, ending: str) -> HttpResponse:
    _access(request)
    table.add(COLUMNS)
    name = f'attachment; filename="performance-records.{ending}"'
    return HttpResponse(
        table.content(), content_type=table.content_type, headers={"Content-Disposition": name}
    )


def _access(request: HttpRequest) -> Access:
    access = access_of(request.user, now=clocks.now())
    access.require(Power.RECORD_PERFORMANCE)
    return access


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, RecordUpload]:
    access = _access(request)
    return access, get_object_or_404(visible_uploads(access), pk=pk)


def _find_mine(request: HttpRequest, pk: UUID) -> tuple[Access, RecordUpload]:
    access = _access(request)
    return access, get_object_or_404(visible_uploads(access), pk=pk, uploaded_by=access.user)


def _would_do(upload: RecordUpload, access: Access) -> dict[str, Any]:
    outcome = preview(upload=upload, now=clocks.now(), access=access)
    changed = [row for row in outcome.done if row.effect == RowEffect.CORRECTED]
    return {
        "errors": [
            {"line": error.line, "field": error.field, "message": error.message}
            for error in outcome.errors[:MOST_SHOWN]
        ],
        "n_errors": len(outcome.errors),
        "created": outcome.created,
        "corrected": outcome.corrected,
        "unchanged": outcome.unchanged,
        "changes": outcome.created + outcome.corrected,
        "corrections": [(row, differences(row.before, row.after)) for row in changed[:MOST_SHOWN]],
        "new": [row for row in outcome.done if row.effect == RowEffect.CREATED][:MOST_SHOWN],
        "may_confirm": True,
    }


def _in_words(refusal: FileRefused) -> str:
    error = refusal.error
    if not error.line:
        return error.message
    return _("Line %(line)d: %(message)s") % {"line": error.line, "message": error.message}


def _over(over: UploadOver) -> str:
    match over.state:
        case UploadState.TAKEN:
            return _("This file was taken in before; nothing was done twice.")
        case UploadState.DISCARDED:
            return _("This file was discarded. Upload it again.")
        case _:
            return _("This file has waited for more than 24 hours and was forgotten. Upload it again.")
