"""A list of staff from CSV: first what would happen, then what happened."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from branches.access import Access
from branches.forms.staff import StaffFileForm, StaffTextForm
from branches.operations.staff import new_link
from branches.operations.staff_import import Effect, RowDone, import_staff
from branches.staff_files import COLUMNS, decoded, read_staff
from branches.views.staff import invitation_url, manager
from hrportal.kernel import clocks


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def look(request: HttpRequest) -> HttpResponse:
    """Choose a file and see what each row would do; nothing is stored."""
    access = manager(request)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = StaffFileForm(*sent)
    if request.method == "POST" and form.is_valid():
        text = decoded(form.cleaned_data["file"].read())
        if text is not None:
            return _run(request, access, text, dry_run=True)
        form.add_error("file", _("The file is neither UTF-8 nor GB 18030; save it as CSV UTF-8."))
    context = {"form": form, "columns": COLUMNS}
    return render(request, "staff/import.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
@login_required
def run(request: HttpRequest) -> HttpResponse:
    """Take the rows in that were looked at; new accounts show their links once."""
    access = manager(request)
    form = StaffTextForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/import.html", {"form": StaffFileForm(), "columns": COLUMNS}, status=422)
    return _run(request, access, form.cleaned_data["text"], dry_run=False)


def _run(request: HttpRequest, access: Access, text: str, *, dry_run: bool) -> HttpResponse:
    rows, problems = read_staff(text)
    now = clocks.now()
    done, refused = import_staff(rows=rows, dry_run=dry_run, now=now, access=access)
    context = {
        "is_dry_run": dry_run,
        "form": StaffTextForm(initial={"text": text}),
        "problems": sorted([*problems, *refused], key=lambda problem: problem.line),
        "done": [(one, "" if dry_run else _link(request, access, one)) for one in done],
        "changes": sum(one.effect != Effect.KNOWN for one in done),
    }
    return render(request, "staff/import_result.html", context)


def _link(request: HttpRequest, access: Access, one: RowDone) -> str:
    if one.effect != Effect.INVITED:
        return ""
    return invitation_url(request, new_link(user=one.user, now=clocks.now(), access=access))
