"""A list of staff from a file: first what would happen, then what happened."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from branches.access import Access
from branches.forms.headings import HeadingsForm
from branches.forms.staff import StaffContentForm, StaffFileForm
from branches.operations.headings import remember_headings
from branches.operations.staff_import import UNCHANGED, import_staff
from branches.queries.headings import told_headings
from branches.staff_files import COLUMNS, FILE_KIND, STAFF, read_staff
from branches.views.staff import manager
from hrportal.kernel import clocks
from hrportal.kernel.pages import takes
from hrportal.kernel.tables import FileRefused, ticked_lines


@takes("GET", "POST")
def look(request: HttpRequest) -> HttpResponse:
    """Choose a file and see what each row would do; nothing is stored but what a heading means."""
    access = manager(request)
    if request.method != "POST":
        return _choose(request, StaffFileForm())
    # The second time the file comes with what a person said of its headings.
    again = "encoded" in request.POST
    form = StaffContentForm(request.POST) if again else StaffFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choose(request, StaffFileForm() if again else form)
    if again:
        _remember(request, access, form.content())
    return _run(request, access, form.content(), dry_run=True)


@takes("POST")
def run(request: HttpRequest) -> HttpResponse:
    """Put the rows that were looked at before a second person."""
    access = manager(request)
    form = StaffContentForm(request.POST)
    if not form.is_valid():
        return _choose(request, StaffFileForm())
    ticked = ticked_lines(request.POST.getlist("accept"))
    return _run(request, access, form.content(), dry_run=False, accepted=ticked)


def _choose(request: HttpRequest, form: StaffFileForm | StaffContentForm) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "staff/import.html", {"form": form, "columns": COLUMNS}, status=status)


def _run(
    request: HttpRequest,
    access: Access,
    raw: bytes,
    *,
    dry_run: bool,
    accepted: frozenset[int] = frozenset(),
) -> HttpResponse:
    now = clocks.now()
    try:
        rows, table = read_staff(raw, told=told_headings(FILE_KIND))
    except FileRefused as refusal:
        return _refused(request, raw, refusal)
    done, refused = import_staff(rows=rows, dry_run=dry_run, now=now, access=access, accepted=accepted)
    context = {
        "is_dry_run": dry_run,
        "form": StaffContentForm.of(raw),
        "notes": table.notes,
        "problems": sorted([*table.errors, *refused], key=lambda problem: problem.line),
        "done": done,
        "n_asked": sum(problem.can_stand for problem in refused),
        "changes": sum(one.effect not in UNCHANGED for one in done),
    }
    return render(request, "staff/import_result.html", context)


def _remember(request: HttpRequest, access: Access, raw: bytes) -> None:
    """Keep what a person said of the headings that this file leaves open."""
    try:
        read_staff(raw, told=told_headings(FILE_KIND))
    except FileRefused as refusal:
        form = HeadingsForm(request.POST, headings=refusal.headings, layout=STAFF)
        if form.is_valid():
            remember_headings(file_kind=FILE_KIND, told=form.told(), now=clocks.now(), by=access.user)
        for refusals in form.errors.values():
            for fault in refusals:
                messages.error(request, str(fault))


def _refused(request: HttpRequest, raw: bytes, refusal: FileRefused) -> HttpResponse:
    context = {
        "is_dry_run": True,
        "form": StaffContentForm.of(raw),
        "problems": [refusal.error],
        "headings": HeadingsForm(headings=refusal.headings, layout=STAFF) if refusal.headings else None,
    }
    return render(request, "staff/import_result.html", context, status=422)
