"""Monthly records from files: first what a file would do, then exactly that file taken in."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from branches.access import Access, Permission, log_seen
from branches.forms.headings import HeadingsForm
from branches.views.pages import viewer
from hrportal.kernel import clocks
from hrportal.kernel.keyset_pagination import page
from hrportal.kernel.pages import Typed, acted, takes, tried
from hrportal.kernel.tables import heading_key, ticked_lines
from hrportal.kernel.tables.writing import TABLES
from performance.enums import OPEN_UPLOADS, WORKED_ON, UploadState
from performance.forms.records import RecordsFileForm
from performance.models import RecordUpload
from performance.operations.uploads import discard_upload, read_again, store_file, take_upload
from performance.queries.uploads import visible_uploads
from performance.views.differences import differences
from performance.wire import RECORDS

# So many rows are shown at once.
MOST_SHOWN = 200
NOTHING_FOUND: dict[str, Any] = {
    "values": {},
    "notes": [],
    "headings": {},
    "unclear": [],
    "corrections": [],
    "new": [],
    "kept": [],
}


@takes("GET", "POST")
def index(request: HttpRequest) -> HttpResponse:
    """Choose a file; below, what was uploaded before."""
    access = _access(request)
    form = RecordsFileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))

    def stored(typed: Typed) -> HttpResponse:
        file = typed["file"]
        upload = store_file(name=file.name, content=file.read(), now=clocks.now(), access=access)
        return redirect("performance_upload", upload.pk)

    def show() -> HttpResponse:
        found = page(visible_uploads(access), by="uploaded_at", cursor=request.GET.get("cursor", ""))
        context = {
            "form": form,
            "columns": RECORDS.names,
            "page": found,
            "rows": [(row, len(row.errors)) for row in found.rows],
        }
        return render(request, "performance_records/index.html", context, status=422 if form.errors else 200)

    return acted(request, form, stored, show, back_url=request.path)


@takes("GET")
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a file is, and what it would do, for who uploaded it; what became of any other."""
    access, upload = _find(request, pk)
    is_mine = upload.uploaded_by_id == access.user.pk
    is_over = upload.state in OPEN_UPLOADS and upload.expires_at <= clocks.now()
    context: dict[str, Any] = {
        "upload": upload,
        "is_mine": is_mine,
        # Its time is over, though nobody came to clear it away yet.
        "is_over": is_over,
        "is_under_way": upload.state in WORKED_ON and not is_over,
        "changes": upload.created + upload.corrected,
        "n_asked": upload.kept + sum(error.get("can_stand", False) for error in upload.errors),
        "may_confirm": is_mine and upload.state == UploadState.WAITING and not is_over,
        "may_retry": is_mine and upload.state == UploadState.FAILED and not is_over,
    }
    if not context["is_under_way"]:
        log_seen(access, f"record_upload:{upload.pk}", now=clocks.now(), branch=upload.branch)
        context |= _errors(request, upload) | (_findings(upload) if is_mine and not is_over else {})
    return render(request, "performance_records/detail.html", context)


@takes("POST")
def read(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Read the file once more, with what a person said of its headings."""

    def again(upload: RecordUpload, access: Access) -> None:
        form = HeadingsForm(request.POST, headings=_found(upload)["unclear"], layout=RECORDS)
        if form.is_valid():
            read_again(upload_id=upload.pk, told=form.told(), now=clocks.now(), access=access)
        for refusals in form.errors.values():
            for refusal in refusals:
                messages.error(request, str(refusal))

    return _act(request, pk, again)


@takes("POST")
def confirm(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Take in the file that was looked at, and of what speaks against it the lines that were ticked."""
    return _act(
        request,
        pk,
        lambda upload, access: take_upload(
            upload_id=upload.pk,
            now=clocks.now(),
            access=access,
            accepted=ticked_lines(request.POST.getlist("accept")),
        ),
    )


@takes("POST")
def discard(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Forget the file."""
    return _act(
        request,
        pk,
        lambda upload, access: discard_upload(upload_id=upload.pk, now=clocks.now(), access=access),
    )


def _act(request: HttpRequest, pk: UUID, act: Callable[[RecordUpload, Access], object]) -> HttpResponseBase:
    access, upload = _find_mine(request, pk)
    tried(request, lambda: act(upload, access))
    return redirect("performance_upload", upload.pk)


@takes("GET")
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The heading row as a file (``kind`` of ``TABLES``)."""
    _access(request)
    table = TABLES[kind]()
    table.add(RECORDS.names)
    name = f'attachment; filename="performance-records.{kind}"'
    return HttpResponse(
        table.content(), content_type=table.content_type, headers={"Content-Disposition": name}
    )


def _access(request: HttpRequest) -> Access:
    return viewer(request, Permission.RECORD_PERFORMANCE)


def _find(request: HttpRequest, pk: UUID) -> tuple[Access, RecordUpload]:
    access = _access(request)
    return access, get_object_or_404(visible_uploads(access), pk=pk)


def _find_mine(request: HttpRequest, pk: UUID) -> tuple[Access, RecordUpload]:
    access = _access(request)
    return access, get_object_or_404(visible_uploads(access), pk=pk, uploaded_by=access.user)


def _found(upload: RecordUpload) -> dict[str, Any]:
    """What the worker found, see ``performance.operations.upload_reading``."""
    return NOTHING_FOUND | (json.loads(upload.findings.decrypt()) if upload.findings is not None else {})


def _findings(upload: RecordUpload) -> dict[str, Any]:
    found = _found(upload)
    return {
        "notes": found["notes"],
        "renamed": [
            (heading, column)
            for heading, column in found["headings"].items()
            if column and heading_key(heading) != heading_key(column)
        ],
        "form": HeadingsForm(headings=found["unclear"], layout=RECORDS)
        if upload.state == UploadState.UNCLEAR
        else None,
        "corrections": [(row, differences(row["before"], row["after"])) for row in found["corrections"]],
        "kept": [(row, differences(row["before"], row["after"])) for row in found["kept"]],
        "new": found["new"],
    }


def _errors(request: HttpRequest, upload: RecordUpload) -> dict[str, Any]:
    """One page of the rows with an error."""
    number = request.GET.get("errors", "1")
    first = (int(number) - 1) * MOST_SHOWN if number.isascii() and number.isdigit() and len(number) < 6 else 0
    first = max(first, 0)
    found = upload.errors[first : first + MOST_SHOWN]
    is_mine = upload.findings is not None and upload.uploaded_by == request.user
    values = _found(upload)["values"] if is_mine else {}
    last = first + len(found)
    return {
        "errors": [error | {"value": values.get(str(index), "")} for index, error in enumerate(found, first)],
        "n_errors": len(upload.errors),
        "first_error": first + 1,
        "last_error": last,
        "next_errors": last // MOST_SHOWN + 1 if last < len(upload.errors) else None,
    }
